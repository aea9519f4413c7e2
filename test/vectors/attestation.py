"""Writes attestation.json: readings that a gateway signed, made without the project's code.

Python's json, hashlib and cryptography (OpenSSL). Keys sorted, no spaces and numbers whose shortest form is the same in
Python and ECMAScript are RFC 8785. The key is that of a test and of nothing else; signatures are deterministic (RFC 6979),
so every run writes the same bytes. Run with: python3 attestation.py > attestation.json
"""

import hashlib
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

DEVICE = "gw-7"
BOOT = 0xFEDCBA9876543210
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

scalar = int.from_bytes(hashlib.sha256(b"cityweave attestation test vectors").digest())
key = ec.derive_private_key(scalar, ec.SECP256R1())
spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
key_id = hashlib.sha256(spki).hexdigest()[:32]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sign(message):
    signature = key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return utils.decode_dss_signature(signature)


def raw(r, s):
    return (r.to_bytes(32) + s.to_bytes(32)).hex()


def case(counter, observed_at_ms, gnss, attributes, position, seen, previous_hash):
    reading = {
        "assetId": "bus-50",
        "assetType": "Vehicle",
        "sensor": "gps",
        "stamp": str(observed_at_ms * 1_000_000 + counter % 1_000_000),
        "attributes": attributes,
        "position": position,
        "seen": seen,
    }
    statement = {
        "format": "cityweave-attestation-1",
        "device": DEVICE,
        "keyId": key_id,
        "bootId": str(BOOT),
        "counter": str(counter),
        "observedAtMs": observed_at_ms,
        **gnss,
        "position": position,
        "contentHash": hashlib.sha256(canonical(reading).encode()).hexdigest(),
        "previousHash": previous_hash,
    }
    text = canonical(statement)
    r, s = sign(text.encode())
    return {
        "reading": reading,
        "gnss": gnss,
        "counter": str(counter),
        "previousHash": previous_hash,
        "content": canonical(reading),
        "statement": text,
        "statementHash": hashlib.sha256(text.encode()).hexdigest(),
        "signature": raw(r, s),
        "otherSignature": raw(r, ORDER - s),
    }


cases = []
for counter, observed, gnss, attributes, position, seen in [
    (1, 1795248000000, {"gnssAtMs": 1795247999800}, {}, {"longitude": -1.8931, "latitude": 52.4773}, {}),
    (
        2,
        1795248001000,
        {"gnssAtMs": 1795248000900, "hdop": 0.85, "satellites": 11},
        {"speed": 8.25, "doorsOpen": False, "line": "Solihull \u00fcber \u201eM\u00fcller\u201c \"50\""},
        {"longitude": -1.8930123, "latitude": 52.4773987, "altitude": 140.25},
        {"speed": {"odometer": "1795247998800004711"}, "position": {"odometer": "1795247998800004711"}},
    ),
    (
        3,
        1795248001000,
        {"gnssAtMs": 1795248001000, "hdop": 1.2},
        {"speed": 123456789.125, "load": 0.0001},
        {"longitude": 179.9999999, "latitude": -0.0001234},
        {},
    ),
]:
    previous = cases[-1]["statementHash"] if cases else "00" * 32
    cases.append(case(counter, observed, gnss, attributes, position, seen, previous))

print(json.dumps({"device": DEVICE, "bootId": str(BOOT), "keyId": key_id, "spki": spki.hex(), "cases": cases}, indent=2))
