"""The static site: browse the collection. Plain files for any web server, or for a folder."""
