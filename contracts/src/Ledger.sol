// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Membership} from "./Membership.sol";
import {Studies} from "./Studies.sol";

/// @title What the protocol rules want on chain, written once and never changed.
/// @notice The committee and its commitments (R1, R2), slot ranges and what their owners published (R22), the consent
/// root of each data set, and the authorisation of every release, final before any custodian answers (R6). The contract
/// stores hashes; that they are right is what custodians and auditors recompute.
contract Ledger is EIP712 {
    struct PieceCommitment {
        uint64 piece;
        uint8 custodian;
        bytes32 commitment;
    }

    struct CommitteeRecord {
        uint8 threshold;
        address[] custodians;
        bytes32[] identities;
        bytes32[] keys;
        PieceCommitment[] pieces;
        mapping(address custodian => uint8) seatPlusOne;
        mapping(uint64 piece => mapping(uint8 seat => bool)) committed;
    }

    struct SlotRange {
        address owner;
        uint64 begin;
        uint32 count;
        bytes32 manifest;
        bytes32 attestation;
    }

    struct DatasetRecord {
        uint32 slotsPerBlock;
        bool exact;
        uint64 nextSlot;
        SlotRange[] ranges;
        mapping(address owner => uint256) rangePlusOne;
        ConsentRoot[] consentRoots;
    }

    struct ConsentRoot {
        bytes32 root;
        uint64 inBlock;
        uint64 recordedAt;
    }

    struct Authorisation {
        bytes32 study;
        uint32 releaseNumber;
        bytes32 plan;
        bytes32 dataRoot;
        bytes32 consentRoot;
        bytes32 mask;
        bytes32 result;
        bytes32 requesterKey;
        bytes32 sigmas;
        uint64 rhoMicro;
        bytes32 authorisationHash;
    }

    struct RecordedAuthorisation {
        Authorisation authorisation;
        uint64 inBlock;
        uint64 recordedAt;
    }

    /// @dev `action` is "grant" or "revoke": a wallet shows the word to the patient before she signs.
    struct ConsentStatement {
        bytes32 dataset;
        address owner;
        bytes32 person;
        string action;
        uint32 purpose;
        uint64 sequence;
        uint64 expiry;
    }

    error EmptyCommitment();
    error EpochOutOfOrder(uint32 epoch, uint32 expected);
    error CommitteeShape(uint256 custodians, uint8 threshold);
    error SeatTwice(address custodian);
    error NoCustodianRole(address account);
    error NoSuchEpoch(uint32 epoch);
    error EpochIsPast(uint32 epoch, uint32 current);
    error NotInCommittee(uint32 epoch, address caller);
    error NoSuchPiece(uint64 piece);
    error NotAHolder(uint64 piece, address caller);
    error PieceAlreadyCommitted(uint64 piece, address caller);
    error PiecesMissing(uint256 committed, uint256 expected);
    error KeysAlreadyCommitted(uint32 epoch, address caller);
    error MayNotFound(address caller);
    error BadDataset(bytes32 dataset, uint32 slotsPerBlock);
    error DatasetExists(bytes32 dataset);
    error NoSuchDataset(bytes32 dataset);
    error NotAnOwner(address caller);
    error NoSlots();
    error AlreadyReserved(bytes32 dataset, address owner);
    error NotReserved(bytes32 dataset, address owner);
    error AlreadyPublished(bytes32 dataset, address owner);
    error NotANodeOperator(address caller);
    error ConsentRootUnchanged(bytes32 dataset);
    error NoConsentRoot(bytes32 dataset);
    error ConsentRootDiffers(bytes32 given, bytes32 current);
    error ReleaseOutOfOrder(bytes32 study, uint32 given, uint32 next);
    error MultiplicandCount(uint256 count);
    error ReleasesExhausted(bytes32 study, uint32 releasesMax);

    event CommitteeRegistered(uint32 indexed epoch, uint8 threshold, address[] custodians);
    event PieceCommitted(uint32 indexed epoch, uint64 indexed piece, address indexed custodian, bytes32 commitment);
    event KeysCommitted(uint32 indexed epoch, address indexed custodian, bytes32 keyHash);
    event DatasetFounded(bytes32 indexed dataset, uint32 slotsPerBlock, bool exact);
    event SlotsReserved(bytes32 indexed dataset, address indexed owner, uint64 begin, uint32 count);
    event DataPublished(bytes32 indexed dataset, address indexed owner, bytes32 manifest, bytes32 attestation);
    event ConsentRootSet(bytes32 indexed dataset, bytes32 indexed root, uint256 index);
    event Authorised(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed authorisationHash);

    /// @dev R1: more pieces would make shares and noise too large.
    uint256 public constant PIECES_MAX = 35;
    /// @dev What one transaction can record below thirty million gas.
    uint256 public constant MULTIPLICANDS_MAX = 1024;
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "ConsentStatement(bytes32 dataset,address owner,bytes32 person,string action,uint32 purpose,uint64 sequence,uint64 expiry)"
    );

    Membership public immutable membership;
    Studies public immutable studies;

    /// @notice The newest key epoch; 0 before any committee.
    uint32 public currentEpoch;
    mapping(uint32 epoch => CommitteeRecord) private _committees;
    mapping(bytes32 dataset => DatasetRecord) private _datasets;
    mapping(bytes32 study => uint32) public releasesUsed;
    mapping(bytes32 study => mapping(uint32 releaseNumber => RecordedAuthorisation)) private _authorisations;

    mapping(bytes32 multiplicand => uint64) private _firstOpened;

    constructor(Membership membership_, Studies studies_) EIP712("MedicalCommons", "1") {
        membership = membership_;
        studies = studies_;
    }

    // ---- committee and keys

    /// @notice Registers the custodians of an epoch during the founding. With n < 2t-1 some piece would have corrupt
    /// holders only, who could own the collective key (R1); with t = 1 one custodian could read everything.
    function registerCommittee(
        uint32 epoch,
        uint8 threshold,
        address[] calldata custodians,
        bytes32[] calldata identities
    ) external {
        membership.requireFounding(msg.sender);
        uint256 n = custodians.length;
        if (epoch != currentEpoch + 1) revert EpochOutOfOrder(epoch, currentEpoch + 1);
        if (
            threshold < 2 || n + 1 < 2 * uint256(threshold) || n > PIECES_MAX || identities.length != n
                || _binomial(n, threshold - 1) > PIECES_MAX
        ) revert CommitteeShape(n, threshold);
        CommitteeRecord storage record = _committees[epoch];
        for (uint256 i = 0; i < n; ++i) {
            if (identities[i] == 0) revert EmptyCommitment();
            if (!membership.isCustodian(custodians[i])) revert NoCustodianRole(custodians[i]);
            if (record.seatPlusOne[custodians[i]] != 0) revert SeatTwice(custodians[i]);
            record.seatPlusOne[custodians[i]] = uint8(i + 1);
        }
        record.threshold = threshold;
        record.custodians = custodians;
        record.identities = identities;
        record.keys = new bytes32[](n);
        currentEpoch = epoch;
        emit CommitteeRegistered(epoch, threshold, custodians);
    }

    /// @notice A holder's commitment H(seed_M, M, epoch) to piece M, given once (R2).
    /// @param piece bitmask of M, the t-1 custodians who do not hold the piece
    function commitPiece(uint32 epoch, uint64 piece, bytes32 commitment) external {
        (CommitteeRecord storage record, uint8 seat) = _seat(epoch);
        if (commitment == 0) revert EmptyCommitment();
        if (piece >> record.custodians.length != 0 || _bitCount(piece) != record.threshold - 1) {
            revert NoSuchPiece(piece);
        }
        if ((piece >> seat) & 1 != 0) revert NotAHolder(piece, msg.sender);
        if (record.committed[piece][seat]) revert PieceAlreadyCommitted(piece, msg.sender);
        record.committed[piece][seat] = true;
        record.pieces.push(PieceCommitment(piece, seat, commitment));
        emit PieceCommitted(epoch, piece, msg.sender, commitment);
    }

    /// @notice A custodian's hash of the keys and the transcript of their generation, after all pieces are committed.
    function commitKeys(uint32 epoch, bytes32 keyHash) external {
        (CommitteeRecord storage record, uint8 seat) = _seat(epoch);
        if (keyHash == 0) revert EmptyCommitment();
        uint256 n = record.custodians.length;
        uint256 expected = _binomial(n, record.threshold - 1) * (n + 1 - record.threshold);
        if (record.pieces.length != expected) revert PiecesMissing(record.pieces.length, expected);
        if (record.keys[seat] != 0) revert KeysAlreadyCommitted(epoch, msg.sender);
        record.keys[seat] = keyHash;
        emit KeysCommitted(epoch, msg.sender, keyHash);
    }

    function committee(uint32 epoch)
        external
        view
        returns (uint8 threshold, address[] memory custodians, bytes32[] memory identities)
    {
        CommitteeRecord storage record = _committee(epoch);
        return (record.threshold, record.custodians, record.identities);
    }

    function pieceCommitments(uint32 epoch) external view returns (PieceCommitment[] memory) {
        return _committee(epoch).pieces;
    }

    /// @notice One key hash per custodian, zero where it is still missing.
    function keyCommitments(uint32 epoch) external view returns (bytes32[] memory) {
        return _committee(epoch).keys;
    }

    /// @notice Whether all n custodians committed to the same keys (R3: all n, not t).
    function epochReady(uint32 epoch) external view returns (bool) {
        bytes32[] storage keys = _committees[epoch].keys;
        if (keys.length == 0 || keys[0] == 0) return false;
        for (uint256 i = 1; i < keys.length; ++i) {
            if (keys[i] != keys[0]) return false;
        }
        return true;
    }

    // ---- data

    /// @notice Founds a data set: by the founder during the founding, by a provider afterwards.
    function foundDataset(bytes32 dataset, uint32 slotsPerBlock, bool exact) external {
        bool allowed = membership.foundingSealed()
            ? membership.chamberOf(msg.sender) == Membership.Chamber.Providers
            : msg.sender == membership.founder();
        if (!allowed) revert MayNotFound(msg.sender);
        if (dataset == 0 || slotsPerBlock == 0) revert BadDataset(dataset, slotsPerBlock);
        DatasetRecord storage record = _datasets[dataset];
        if (record.slotsPerBlock != 0) revert DatasetExists(dataset);
        record.slotsPerBlock = slotsPerBlock;
        record.exact = exact;
        emit DatasetFounded(dataset, slotsPerBlock, exact);
    }

    /// @notice Reserves slots for the caller, once. A cohort that fits in what is left of the last block begins there and
    /// shares the block; any other begins a new block.
    function reserveSlots(bytes32 dataset, uint32 count) external returns (uint64 begin) {
        DatasetRecord storage record = _dataset(dataset);
        Membership.Chamber chamber = membership.chamberOf(msg.sender);
        if (chamber != Membership.Chamber.Patients && chamber != Membership.Chamber.Providers) {
            revert NotAnOwner(msg.sender);
        }
        if (count == 0) revert NoSlots();
        if (record.rangePlusOne[msg.sender] != 0) revert AlreadyReserved(dataset, msg.sender);
        begin = record.nextSlot;
        uint64 used = begin % record.slotsPerBlock;
        if (used != 0 && count > record.slotsPerBlock - used) begin += record.slotsPerBlock - used;
        record.nextSlot = begin + count;
        record.ranges.push(SlotRange(msg.sender, begin, count, 0, 0));
        record.rangePlusOne[msg.sender] = record.ranges.length;
        emit SlotsReserved(dataset, msg.sender, begin, count);
    }

    /// @notice Publishes, once, the hash of the manifest of the caller's sealed columns and of its consent attestation.
    function publishData(bytes32 dataset, bytes32 manifest, bytes32 attestation) external {
        DatasetRecord storage record = _dataset(dataset);
        if (manifest == 0 || attestation == 0) revert EmptyCommitment();
        uint256 place = record.rangePlusOne[msg.sender];
        if (place == 0) revert NotReserved(dataset, msg.sender);
        SlotRange storage range = record.ranges[place - 1];
        if (range.manifest != 0) revert AlreadyPublished(dataset, msg.sender);
        range.manifest = manifest;
        range.attestation = attestation;
        emit DataPublished(dataset, msg.sender, manifest, attestation);
    }

    /// @notice A data set's founding facts; slotsPerBlock is 0 when it does not exist.
    function datasetRecord(bytes32 dataset)
        external
        view
        returns (uint32 slotsPerBlock, bool exact, uint64 nextSlot, uint256 rangeCount)
    {
        DatasetRecord storage record = _datasets[dataset];
        return (record.slotsPerBlock, record.exact, record.nextSlot, record.ranges.length);
    }

    /// @notice Up to `limit` ranges in slot order, beginning with number `from`.
    function slotRanges(bytes32 dataset, uint256 from, uint256 limit) external view returns (SlotRange[] memory page) {
        SlotRange[] storage ranges = _dataset(dataset).ranges;
        uint256 first = from < ranges.length ? from : ranges.length;
        uint256 size = limit < ranges.length - first ? limit : ranges.length - first;
        page = new SlotRange[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = ranges[first + i];
        }
    }

    // ---- consent

    /// @notice Records the root of the consent tree as a store computed it. Everyone else recomputes it.
    function setConsentRoot(bytes32 dataset, bytes32 root) external {
        DatasetRecord storage record = _dataset(dataset);
        if (!membership.isNodeOperator(msg.sender)) revert NotANodeOperator(msg.sender);
        if (root == 0) revert EmptyCommitment();
        uint256 count = record.consentRoots.length;
        if (count != 0 && record.consentRoots[count - 1].root == root) revert ConsentRootUnchanged(dataset);
        record.consentRoots.push(ConsentRoot(root, uint64(block.number), uint64(block.timestamp)));
        emit ConsentRootSet(dataset, root, count);
    }

    function consentRootCount(bytes32 dataset) external view returns (uint256) {
        return _dataset(dataset).consentRoots.length;
    }

    function consentRootAt(bytes32 dataset, uint256 index) external view returns (ConsentRoot memory) {
        ConsentRoot[] storage roots = _dataset(dataset).consentRoots;
        if (index >= roots.length) revert NoConsentRoot(dataset);
        return roots[index];
    }

    function currentConsentRoot(bytes32 dataset) public view returns (ConsentRoot memory) {
        ConsentRoot[] storage roots = _dataset(dataset).consentRoots;
        if (roots.length == 0) revert NoConsentRoot(dataset);
        return roots[roots.length - 1];
    }

    /// @notice The EIP-712 digest a patient signs, for wallets and auditors to compare with their own.
    function consentDigest(ConsentStatement calldata statement) external view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    CONSENT_TYPEHASH,
                    statement.dataset,
                    statement.owner,
                    statement.person,
                    keccak256(bytes(statement.action)),
                    statement.purpose,
                    statement.sequence,
                    statement.expiry
                )
            )
        );
    }

    // ---- releases

    /// @notice Records the authorisation of a study's next release (R6): by its requester, for an allowed plan, under the
    /// consent of this moment.
    /// @param multiplicands what the custodians will multiply by their secrets, one digest per answer. The time at which
    /// each is seen first stays: it decides of which day the key is that draws its noise (R11), so that all custodians
    /// draw the same (R5). That the digests are right is what custodians recompute; keys of different epochs differ, so
    /// that equal digests in two of them harm nobody.
    function authorise(Authorisation calldata a, bytes32[] calldata multiplicands) external {
        (bytes32 dataset, uint32 releasesMax) = studies.checkRelease(a.study, msg.sender, a.plan, a.requesterKey);
        uint32 next = releasesUsed[a.study] + 1;
        if (next > releasesMax) revert ReleasesExhausted(a.study, releasesMax);
        if (a.releaseNumber != next) revert ReleaseOutOfOrder(a.study, a.releaseNumber, next);
        if (a.dataRoot == 0 || a.mask == 0 || a.result == 0 || a.sigmas == 0 || a.authorisationHash == 0) {
            revert EmptyCommitment();
        }
        bytes32 current = currentConsentRoot(dataset).root;
        if (a.consentRoot != current) revert ConsentRootDiffers(a.consentRoot, current);
        if (multiplicands.length == 0 || multiplicands.length > MULTIPLICANDS_MAX) {
            revert MultiplicandCount(multiplicands.length);
        }
        for (uint256 i = 0; i < multiplicands.length; ++i) {
            if (multiplicands[i] == 0) revert EmptyCommitment();
            if (_firstOpened[multiplicands[i]] == 0) _firstOpened[multiplicands[i]] = uint64(block.timestamp);
        }
        releasesUsed[a.study] = next;
        _authorisations[a.study][next] = RecordedAuthorisation(a, uint64(block.number), uint64(block.timestamp));
        emit Authorised(a.study, next, a.authorisationHash);
    }

    /// @notice A recorded authorisation; all zero when that release was never authorised.
    function authorisation(bytes32 study, uint32 releaseNumber) external view returns (RecordedAuthorisation memory) {
        return _authorisations[study][releaseNumber];
    }

    /// @notice When each multiplicand was first opened; 0 where it never was.
    function firstOpened(bytes32[] calldata multiplicands) external view returns (uint64[] memory times) {
        times = new uint64[](multiplicands.length);
        for (uint256 i = 0; i < multiplicands.length; ++i) {
            times[i] = _firstOpened[multiplicands[i]];
        }
    }

    // ---- inside

    function _committee(uint32 epoch) private view returns (CommitteeRecord storage record) {
        record = _committees[epoch];
        if (record.threshold == 0) revert NoSuchEpoch(epoch);
    }

    function _seat(uint32 epoch) private view returns (CommitteeRecord storage record, uint8 seat) {
        record = _committee(epoch);
        if (epoch != currentEpoch) revert EpochIsPast(epoch, currentEpoch);
        uint8 seatPlusOne = record.seatPlusOne[msg.sender];
        if (seatPlusOne == 0) revert NotInCommittee(epoch, msg.sender);
        return (record, seatPlusOne - 1);
    }

    function _dataset(bytes32 dataset) private view returns (DatasetRecord storage record) {
        record = _datasets[dataset];
        if (record.slotsPerBlock == 0) revert NoSuchDataset(dataset);
    }

    function _bitCount(uint64 value) private pure returns (uint256 count) {
        for (; value != 0; value &= value - 1) {
            ++count;
        }
    }

    /// n over k for n <= 35, 1 <= k <= (n+1)/2: every intermediate product is a binomial coefficient times i, below 2^40.
    function _binomial(uint256 n, uint256 k) private pure returns (uint256 result) {
        result = 1;
        for (uint256 i = 1; i <= k; ++i) {
            result = result * (n + 1 - i) / i;
        }
    }
}
