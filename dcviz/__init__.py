"""dcviz looks: data, geometry, run folders, engine, figures, viewer and pages of the lab."""

__version__ = "0.1.0"
