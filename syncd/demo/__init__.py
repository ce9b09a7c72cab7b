"""The example organisation, running: emulated sources that move, syncd, and a consumer that verifies.

world      what the sources know at each step
site       the folder that the demo runs in: syncd.yaml, worlds, credentials
children   the emulators and the consumer, as processes
consumer   verifies signatures, applies by sequence
run        the demo itself
"""
