"""models learn: networks, losses, augmentation and one file a method; torch only, no files, no pages."""
