"""What blocks, library by library: tables only. `flake8_orch47.knowledge.libraries` joins and reads them."""
