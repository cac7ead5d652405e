"""What tests share: real servers, running services, sign-ins, reference data, toy services (README.md)."""
