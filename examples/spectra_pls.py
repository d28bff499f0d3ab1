"""A PLS regression on near-infrared spectra, packed as a model that takes a whole spectrum as one array.

    python examples/spectra_pls.py [FOLDER]

The spectra are made here from known chemistry, so that the example needs no file: Beer's law over the bands
of water, protein and starch, with scatter, a sloping baseline and noise, as a reflectance probe over a
conveyor has them. Written to FOLDER, by default `spectra`: the package, and a configuration that serves it.
"""
# ruff: noqa: INP001, T201 - a script, which prints

import sys
from pathlib import Path

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import opcua_ml
from opcua_ml.domain.signature import Window

WAVELENGTHS = np.linspace(1100.0, 2500.0, 141)  # nm
BANDS = {
    # share of the sample: (centre in nm, width in nm, absorptivity)
    "water": ((1450.0, 45.0, 0.9), (1940.0, 50.0, 1.6)),
    "protein": ((1510.0, 30.0, 0.4), (2055.0, 40.0, 0.8), (2180.0, 35.0, 0.7)),
    "starch": ((1585.0, 45.0, 0.3), (2100.0, 55.0, 1.0), (2320.0, 40.0, 0.6)),
}
CONFIGURATION = """\
# Add DI and ADI to see the model as ADI's prediction service: nodesets = ["Opc.Ua.Di.NodeSet2.xml", …]
[server.security]
anonymous = "operator"

[models.grain]
package = "./grain-1.0.0"

[models.grain.alarms.TooMoist]
output = "moisture"
high = 15.0
high_high = 18.0
low = 10.0
low_low = 8.0
"""


def pure_spectrum(substance: str) -> np.ndarray:
    """Absorbance of the pure substance: a sum of Gaussian bands."""
    return sum(
        height * np.exp(-0.5 * ((WAVELENGTHS - centre) / width) ** 2)
        for centre, width, height in BANDS[substance]
    )


PURE = np.array([pure_spectrum(name) for name in BANDS])


def spectra(shares: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What the probe sees of samples with these shares of water, protein and starch: one row each."""
    samples = len(shares)
    scatter = random.normal(1.0, 0.05, (samples, 1))
    slope = random.normal(0.0, 0.02, (samples, 1)) * (WAVELENGTHS - 1100.0) / 1400.0
    noise = random.normal(0.0, 0.001, (samples, len(WAVELENGTHS)))
    return scatter * (shares @ PURE) + slope + noise


def samples(count: int, random: np.random.Generator) -> np.ndarray:
    """Shares of water, protein and starch of so many lots of grain."""
    water, protein = random.uniform(0.08, 0.20, count), random.uniform(0.07, 0.18, count)
    return np.column_stack([water, protein, random.uniform(0.55, 0.7, count)])


def main(folder: Path) -> None:
    """Train, prove on new lots, pack."""
    random = np.random.default_rng(7)
    training, unseen = samples(400, random), samples(200, random)
    model = make_pipeline(StandardScaler(), PLSRegression(8, scale=False))
    model.fit(spectra(training, random), training[:, :2] * 100.0)
    r2 = r2_score(unseen[:, :2] * 100.0, model.predict(spectra(unseen, random)), multioutput="raw_values")
    folder.mkdir(parents=True, exist_ok=True)
    package = opcua_ml.pack(
        model,
        spectra(training, random),
        training[:, :2] * 100.0,
        name="grain",
        version="1.0.0",
        path=folder / "grain-1.0.0",
        description="Moisture and protein of grain from its near-infrared spectrum",
        names=["absorbance"],
        windows={"absorbance": Window(len(WAVELENGTHS))},
        descriptions={"absorbance": "Absorbance at 1100 nm to 2500 nm, every 10 nm"},
        output_names=["moisture", "protein"],
        units={"moisture": "P1", "protein": "P1"},
        metrics={"moisture_r2": float(r2[0]), "protein_r2": float(r2[1])},
    )
    (folder / "grain.toml").write_text(CONFIGURATION, encoding="utf-8")
    print(f"{package.card.name} {package.card.version}: {len(WAVELENGTHS)} wavelengths")
    for output, share in zip(package.signature.outputs, r2, strict=True):
        print(f"  {output.name}: R² {share:.4f} on lots that training had not seen")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "spectra"))
