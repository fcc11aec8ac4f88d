"""Mail: by SMTP, or as files where there is no server."""
