"""What findings look like outside: text for people, JSON for programs, and what `# noqa` takes away.

Everything here is pure: findings and sources in, lines out. Who prints them, and where, is a door's business.
"""
