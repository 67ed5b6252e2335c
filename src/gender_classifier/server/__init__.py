"""The service: images in over HTTP, answers out. An extra (`[server]`); nothing else imports this room."""
