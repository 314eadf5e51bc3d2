"""Programs that others have written talk with the server."""
