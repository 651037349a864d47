"""Figures: arrays in, a Plotly figure out. They never call Streamlit and never draw latents."""
