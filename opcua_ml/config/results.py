"""Tags that say what a model's results are about: the keys of `models.<name>.results`."""

from collections.abc import Mapping

from opcua_ml.config.section import Milliseconds, Section
from opcua_ml.config.tag import Tag


class ResultTag(Tag):
    """A tag with a text or a whole number; in short `"<plc>:<node>"`."""

    max_age_ms: Milliseconds | None = None
    """What nothing has renewed for so long is not told; by default a tag that stands still is what it was."""


class ResultsSection(Section):
    """From which tags the members of ResultMetaDataType come (OPC 40001-101, 10.6)."""

    part_id: ResultTag | None = None
    """PartId: of which part the row is; without a tag clients write it."""
    job_id: ResultTag | None = None
    """JobId: in which job; without a tag clients write it."""
    step_id: ResultTag | None = None
    """StepId: in which step of the job."""
    product_id: ResultTag | None = None
    """ProductId: of which product the part is one."""
    external_recipe_id: ResultTag | None = None
    """ExternalRecipeId: by which recipe of another system."""
    external_configuration_id: ResultTag | None = None
    """ExternalConfigurationId: with which configuration of another system."""

    @property
    def tags(self) -> Mapping[str, ResultTag]:
        """The tags that are given, by their keys in this section."""
        found = {key: getattr(self, key) for key in type(self).model_fields}
        return {key: tag for key, tag in found.items() if tag is not None}

    @property
    def members(self) -> Mapping[str, ResultTag]:
        """The tags that are given, by the member of ResultMetaDataType."""
        return {"".join(word.capitalize() for word in key.split("_")): tag for key, tag in self.tags.items()}
