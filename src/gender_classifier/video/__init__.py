"""Films in, screen time out: reading by PyAV, shots, tracks of faces, and what to look at. No torch."""
