// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The way out that needs nobody's help.
/// @notice A patient, or whom she delegated to, says on chain herself that she consents no more. Whoever computes a
/// consent mask reads these beside the statements that stores keep; a store can neither drop nor delay them. The contract
/// cannot know whose account a person's is: it records who sent, and readers heed only the person's own account and her
/// delegate's (K4, R18). Leaving is free of any other condition; coming back takes a signed statement.
abstract contract Revocations {
    struct Revocation {
        address owner;
        bytes32 person;
        address sender;
        uint64 sequence;
        uint64 recordedAt;
    }

    error EmptyPerson();

    event ConsentRevoked(
        bytes32 indexed dataset, bytes32 indexed person, address indexed sender, address owner, uint64 sequence
    );

    mapping(bytes32 dataset => Revocation[]) private _revocations;

    /// @param sequence holds against every statement of the person with a sequence up to this one
    function revokeConsent(bytes32 dataset, address owner, bytes32 person, uint64 sequence) external {
        if (person == 0 || owner == address(0)) revert EmptyPerson();
        _requireDataset(dataset);
        _revocations[dataset].push(Revocation(owner, person, msg.sender, sequence, uint64(block.timestamp)));
        emit ConsentRevoked(dataset, person, msg.sender, owner, sequence);
    }

    function revocationCount(bytes32 dataset) external view returns (uint256) {
        return _revocations[dataset].length;
    }

    /// @notice Up to `limit` revocations in the order they were sent, beginning with number `from`.
    function revocations(bytes32 dataset, uint256 from, uint256 limit)
        external
        view
        returns (Revocation[] memory page)
    {
        Revocation[] storage all = _revocations[dataset];
        uint256 first = from < all.length ? from : all.length;
        uint256 size = limit < all.length - first ? limit : all.length - first;
        page = new Revocation[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = all[first + i];
        }
    }

    function _requireDataset(bytes32 dataset) internal view virtual;
}
