"""Java libraries with all they need, by Maven itself, as a layer."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from lab.images import write_layer
from lab.steps import Builder
from lab.work import Work

_COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_COORDINATES = ("groupId", "artifactId", "version")


def library_builder(name: str, libraries: Sequence[str], folder: str) -> Builder:
    """`libraries` are `group:artifact:version`; the first one's version is the layer's. They go into `folder`."""

    def build(work: Work) -> Mapping[str, str]:
        (work.scratch / "pom.xml").write_text(project(libraries))
        root = work.scratch / "layer"
        repository = f"-Dmaven.repo.local={work.shared / 'maven'}"
        output = f"-DoutputDirectory={root / folder}"
        work.run(["mvn", "--batch-mode", "--quiet", repository, _COPY_DEPENDENCIES, "-DincludeScope=runtime", output])
        write_layer(root, work.out / "layer.tar")
        return {name: libraries[0].rpartition(":")[2]}

    return build


def project(libraries: Sequence[str]) -> str:
    """A pom.xml that needs the libraries."""
    needed = "".join(f"<dependency>{_coordinates(library)}</dependency>" for library in libraries)
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"{_coordinates('obsdeploy.lab:libraries:1')}<dependencies>{needed}</dependencies></project>\n"
    )


def _coordinates(library: str) -> str:
    return "".join(f"<{tag}>{escape(part)}</{tag}>" for tag, part in zip(_COORDINATES, library.split(":"), strict=True))
