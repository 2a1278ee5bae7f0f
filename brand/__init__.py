"""The drawings of the icon and the logo."""
