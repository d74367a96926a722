// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title What a patient signs.
/// @notice The digest of a consent statement (EIP-712), for wallets and auditors to compare with their own. It holds no
/// state: statements are kept by stores, and everybody recomputes whom they consent for. It is a contract of its own
/// because its code would not fit into that of the ledger, which makes it and in whose domain patients sign.
contract Consents {
    /// @dev `action` is "grant", "revoke" or "delegate": a wallet shows the word to the patient before she signs. `purpose`,
    /// `disease` and `modifiers` are DUO's and MONDO's; of a delegation they are its scope. A grant may be limited to
    /// countries ("DE,FR"), studies, users, institutions, of each to one or several, and to who publishes nothing before
    /// `moratorium`; empty lists limit nothing.
    struct ConsentStatement {
        bytes32 dataset;
        address owner;
        bytes32 person;
        string action;
        uint32 purpose;
        uint32 disease;
        uint32 modifiers;
        string countries;
        bytes32[] studies;
        address[] users;
        address[] institutions;
        uint64 moratorium;
        address delegate;
        uint64 sequence;
        uint64 expiry;
    }

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "ConsentStatement(bytes32 dataset,address owner,bytes32 person,string action,uint32 purpose,uint32 disease,uint32 modifiers,string countries,bytes32[] studies,address[] users,address[] institutions,uint64 moratorium,address delegate,uint64 sequence,uint64 expiry)"
    );

    /// @notice The contract that statements are signed for.
    IERC5267 public immutable ledger;

    constructor() {
        ledger = IERC5267(msg.sender);
    }

    /// @notice The digest a patient signs.
    function consentDigest(ConsentStatement calldata statement) external view returns (bytes32) {
        (, string memory name, string memory version, uint256 chainId, address verifyingContract,,) =
            ledger.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256(bytes(version)), chainId, verifyingContract)
        );
        return MessageHashUtils.toTypedDataHash(domain, _structHash(statement));
    }

    /// Elements of an array stand in 32 bytes each, as EIP-712 wants them.
    function _structHash(ConsentStatement calldata statement) private pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encode(
                    CONSENT_TYPEHASH,
                    statement.dataset,
                    statement.owner,
                    statement.person,
                    keccak256(bytes(statement.action)),
                    statement.purpose,
                    statement.disease,
                    statement.modifiers
                ),
                abi.encode(
                    keccak256(bytes(statement.countries)),
                    keccak256(abi.encodePacked(statement.studies)),
                    keccak256(abi.encodePacked(statement.users)),
                    keccak256(abi.encodePacked(statement.institutions)),
                    statement.moratorium,
                    statement.delegate,
                    statement.sequence,
                    statement.expiry
                )
            )
        );
    }
}
