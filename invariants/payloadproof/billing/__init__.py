"""What PostHog would bill: counted on what it keeps, priced by a dated table, and projected."""
