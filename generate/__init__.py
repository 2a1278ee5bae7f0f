"""Files that are written from the registries of the package."""
