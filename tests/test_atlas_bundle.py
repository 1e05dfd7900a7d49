"""The map's bundle that Python loads is what its TypeScript gives."""

import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

COMPONENTS = Path(__file__).parent.parent / "dashboard" / "components"
SOURCES = sorted((COMPONENTS / "atlas_map" / "src").glob("*.ts"))
BUNDLE = COMPONENTS / "atlas_map" / "built" / "atlas_map.js"
AGAIN = "run `npm ci && npm run build` in dashboard/components"


def digest(texts):
    """As build.mjs has it; read_text makes one kind of line end of all."""
    return sha256(b"".join(text.encode("utf-8") + b"\0" for text in texts)).hexdigest()


def recorded():
    """The digests in the bundle's first line, and the text after it."""
    first, body = BUNDLE.read_text("utf-8").split("\n", 1)
    found = re.fullmatch(r"// Built .* src ([0-9a-f]{64}), of what follows ([0-9a-f]{64})", first)
    assert found, f"the bundle's first line says {first!r}: {AGAIN}"
    return found[1], found[2], body


def test_the_bundle_was_built_from_the_sources_as_they_are():
    assert SOURCES
    texts = [text for path in SOURCES for text in (path.name, path.read_text("utf-8"))]
    assert recorded()[0] == digest(texts), f"src was edited after the last build: {AGAIN}"


def test_nobody_edited_the_bundle_by_hand():
    _, follows, body = recorded()
    assert follows == digest([body]), f"the bundle is not as it was built: {AGAIN}"


def test_building_again_gives_the_bundle_and_no_type_is_wrong():
    tools = COMPONENTS / "node_modules"
    if not (shutil.which("node") and (tools / "esbuild").is_dir()):
        return  # the digests above stand for it where Node or the bundler is not
    built = subprocess.run(
        ["node", "build.mjs", "--print"], cwd=COMPONENTS, capture_output=True, timeout=60
    )
    assert built.returncode == 0, built.stderr.decode()
    assert built.stdout.decode("utf-8").replace("\r\n", "\n") == BUNDLE.read_text("utf-8"), AGAIN
    checked = subprocess.run(
        ["node", str(tools / "typescript" / "bin" / "tsc")],
        cwd=COMPONENTS,
        capture_output=True,
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout.decode()


def test_the_bundle_asks_no_other_server_and_its_sources_stay_readable():
    assert not re.findall(r"https?://|sourceMappingURL", BUNDLE.read_text("utf-8"))
    assert "http" not in (COMPONENTS / "package-lock.json").read_text("utf-8")
    assert not [p.name for p in SOURCES if len(p.read_text("utf-8").splitlines()) > 300]
    untyped = re.compile(r"[:<|&]\s*any\b|,\s*any[>,\]]|\bas any\b|@ts-")
    assert not [p.name for p in SOURCES if untyped.search(p.read_text("utf-8"))]
