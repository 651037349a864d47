"""The rows of MedMNIST, written out because asking the medmnist package would import torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MedicalRow:
    """One MedMNIST set; a test compares every row with the package's own table.

    Attributes:
        flag: id, also the name of the file.
        title: name of its class in the package.
        n: points of train, validation and test together.
        channels: 1 gray, 3 color.
        classes: names of the classes in label order.
        volume: True for the 3-D sets.
        multi_label: True where a point may have several findings and so no single class.
        caution: one sentence to show before use.
    """

    flag: str
    title: str
    n: int
    channels: int
    classes: tuple[str, ...]
    volume: bool = False
    multi_label: bool = False
    caution: str = ""


# Sizes the publisher offers, for pictures (False) and volumes (True).
MEDICAL_SIZES = {False: (28, 64, 128, 224), True: (28, 64)}

_ORGANS = (
    "bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right",
    "liver", "lung-left", "lung-right", "pancreas", "spleen",
)  # fmt: skip
_ORGANS_3D = (
    "liver", "kidney-right", "kidney-left", "femur-right", "femur-left", "bladder",
    "heart", "lung-right", "lung-left", "spleen", "pancreas",
)  # fmt: skip

MEDICAL = (
    MedicalRow("pathmnist", "PathMNIST", 107180, 3, (
        "adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle", "normal colon mucosa",
        "cancer-associated stroma", "colorectal adenocarcinoma epithelium")),
    MedicalRow("chestmnist", "ChestMNIST", 112120, 1, (), multi_label=True, caution=(
        "A chest picture may show several of 14 findings at once, so there is no single true class: "
        "the number of clusters is asked for and label scores are absent.")),
    MedicalRow("dermamnist", "DermaMNIST", 10015, 3, (
        "actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma",
        "benign keratosis-like lesions", "dermatofibroma", "melanoma", "melanocytic nevi",
        "vascular lesions"), caution="Non-commercial use only: CC BY-NC 4.0."),
    MedicalRow("octmnist", "OCTMNIST", 109309, 1, (
        "choroidal neovascularization", "diabetic macular edema", "drusen", "normal")),
    MedicalRow("pneumoniamnist", "PneumoniaMNIST", 5856, 1, ("normal", "pneumonia")),
    MedicalRow("retinamnist", "RetinaMNIST", 1600, 3, ("0", "1", "2", "3", "4")),
    MedicalRow("breastmnist", "BreastMNIST", 780, 1, ("malignant", "normal, benign")),
    MedicalRow("bloodmnist", "BloodMNIST", 17092, 3, (
        "basophil", "eosinophil", "erythroblast",
        "immature granulocytes(myelocytes, metamyelocytes and promyelocytes)",
        "lymphocyte", "monocyte", "neutrophil", "platelet")),
    MedicalRow("tissuemnist", "TissueMNIST", 236386, 1, (
        "Collecting Duct, Connecting Tubule", "Distal Convoluted Tubule", "Glomerular endothelial cells",
        "Interstitial endothelial cells", "Leukocytes", "Podocytes", "Proximal Tubule Segments",
        "Thick Ascending Limb")),
    MedicalRow("organamnist", "OrganAMNIST", 58830, 1, _ORGANS),
    MedicalRow("organcmnist", "OrganCMNIST", 23583, 1, _ORGANS),
    MedicalRow("organsmnist", "OrganSMNIST", 25211, 1, _ORGANS),
    MedicalRow("organmnist3d", "OrganMNIST3D", 1742, 1, _ORGANS_3D, volume=True),
    MedicalRow("nodulemnist3d", "NoduleMNIST3D", 1633, 1, ("benign", "malignant"), volume=True),
    MedicalRow("adrenalmnist3d", "AdrenalMNIST3D", 1584, 1, ("normal", "hyperplasia"), volume=True),
    MedicalRow("fracturemnist3d", "FractureMNIST3D", 1370, 1, (
        "buckle rib fracture", "nondisplaced rib fracture", "displaced rib fracture"), volume=True),
    MedicalRow("vesselmnist3d", "VesselMNIST3D", 1908, 1, ("vessel", "aneurysm"), volume=True),
    MedicalRow("synapsemnist3d", "SynapseMNIST3D", 1759, 1, (
        "inhibitory synapse", "excitatory synapse"), volume=True),
)  # fmt: skip
