"""A witness and mirror of the audit log, outside the audit service and its database."""
