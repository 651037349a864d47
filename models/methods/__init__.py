"""One file a method; the catalog names them."""
