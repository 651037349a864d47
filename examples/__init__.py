"""How other programs hand their latents to this lab; run each from the project's folder."""
