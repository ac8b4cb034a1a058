import pytest

from payloadproof import contract
from payloadproof.contract import ContractError


@pytest.fixture
def refusal():
    """The error of a contract that cannot be used."""

    def caught(path):
        with pytest.raises(ContractError) as told:
            contract.load(path)
        return told.value

    return caught
