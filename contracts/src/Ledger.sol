// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Budgets} from "./Budgets.sol";
import {Committees} from "./Committees.sol";
import {Consents} from "./Consents.sol";
import {Members} from "./Members.sol";
import {Membership} from "./Membership.sol";
import {Revocations} from "./Revocations.sol";
import {Studies} from "./Studies.sol";
import {Voting} from "./Voting.sol";

/// @title What the protocol rules want on chain, written once and never changed.
/// @notice The committee and its commitments (R1, R2), slot ranges and what their owners published (R22), the consent
/// root of each data set, and the authorisation of every release, final before any custodian answers (R6) and debited
/// with it (R19). The contract stores hashes; that they are right is what custodians and auditors recompute.
contract Ledger is EIP712, Budgets, Committees, Revocations {
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

    /// @dev `rhoMicro` is debited, of which opening the counts first costs `rhoCountsMicro` (R18): custodians publish them
    /// before they decide, so that this part is never given back.
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
        uint64 rhoCountsMicro;
        bytes32 authorisationHash;
    }

    struct RecordedAuthorisation {
        Authorisation authorisation;
        uint64 inBlock;
        uint64 recordedAt;
        uint32 epoch;
    }

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
    error AnnouncedTooMany(bytes32 study, uint32 releaseNumber, uint256 count);
    error ReleasesExhausted(bytes32 study, uint32 releasesMax);
    error NotAuthorised(bytes32 study, uint32 releaseNumber);

    event DatasetFounded(bytes32 indexed dataset, uint32 slotsPerBlock, bool exact, uint64 rhoMicroMax);
    event SlotsReserved(bytes32 indexed dataset, address indexed owner, uint64 begin, uint32 count);
    event DataPublished(bytes32 indexed dataset, address indexed owner, bytes32 manifest, bytes32 attestation);
    event ConsentRootSet(bytes32 indexed dataset, bytes32 indexed root, uint256 index);
    event Announced(bytes32 indexed study, uint32 indexed releaseNumber, uint256 multiplicands);
    event Authorised(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed authorisationHash);

    /// @dev What one transaction can record below thirty million gas.
    uint256 public constant MULTIPLICANDS_MAX = 1024;
    /// @dev New multiplicands that may be announced for one release, before the last ones come with its authorisation.
    uint256 public constant ANNOUNCED_MAX = 3 * MULTIPLICANDS_MAX;

    Studies public immutable studies;
    /// @notice What patients sign, for wallets to compare with their own; in this contract's domain.
    Consents public immutable consents;

    mapping(bytes32 dataset => DatasetRecord) private _datasets;
    mapping(bytes32 study => uint32) public releasesUsed;
    mapping(bytes32 study => mapping(uint32 releaseNumber => RecordedAuthorisation)) private _authorisations;

    mapping(bytes32 multiplicand => uint64) private _firstOpened;
    mapping(bytes32 study => mapping(uint32 releaseNumber => uint256)) private _announced;

    /// @param timelock_ seconds between a committee's approval and its activation
    constructor(Membership membership_, Studies studies_, uint64 timelock_)
        EIP712("MedicalCommons", "1")
        Voting(membership_, membership_.votingPeriod(), membership_.quorumPercent())
        Committees(timelock_)
    {
        studies = studies_;
        consents = new Consents();
    }

    // ---- data

    /// @notice Founds a data set: by the founder during the founding, by a provider afterwards.
    /// @param rhoMicroMax what all answers from it may cost together; 0 for one that is `exact`, and for no other
    function foundDataset(bytes32 dataset, uint32 slotsPerBlock, bool exact, uint64 rhoMicroMax) external {
        bool allowed = membership.foundingSealed()
            ? membership.chamberOf(msg.sender) == Members.Chamber.Providers
            : msg.sender == membership.founder();
        if (!allowed) revert MayNotFound(msg.sender);
        if (dataset == 0 || slotsPerBlock == 0) revert BadDataset(dataset, slotsPerBlock);
        DatasetRecord storage record = _datasets[dataset];
        if (record.slotsPerBlock != 0) revert DatasetExists(dataset);
        record.slotsPerBlock = slotsPerBlock;
        record.exact = exact;
        _foundBudget(dataset, exact, rhoMicroMax);
        emit DatasetFounded(dataset, slotsPerBlock, exact, rhoMicroMax);
    }

    /// @notice Reserves slots for the caller, once. A cohort that fits in what is left of the last block begins there and
    /// shares the block; any other begins a new block.
    function reserveSlots(bytes32 dataset, uint32 count) external returns (uint64 begin) {
        DatasetRecord storage record = _dataset(dataset);
        Members.Chamber chamber = membership.chamberOf(msg.sender);
        if (chamber != Members.Chamber.Patients && chamber != Members.Chamber.Providers) {
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

    /// @notice Carries out what the chambers decided of a data set's total, once; by anybody.
    function carryOutTotal(uint256 number) external {
        (bytes32 dataset, uint64 rhoMicroMax) = studies.totalDue(number);
        _changeTotal(number, dataset, rhoMicroMax);
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
        (uint256 first, uint256 size) = _page(ranges.length, from, limit);
        page = new SlotRange[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = ranges[first + i];
        }
    }

    /// @notice Of the same ranges, whether their records take part: while who reserved them belongs to a chamber, under
    /// whichever key. Whoever is removed takes hers along.
    function rangesTakePart(bytes32 dataset, uint256 from, uint256 limit) external view returns (bool[] memory page) {
        SlotRange[] storage ranges = _dataset(dataset).ranges;
        (uint256 first, uint256 size) = _page(ranges.length, from, limit);
        page = new bool[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = membership.accountOf(membership.identityOf(ranges[first + i].owner)) != address(0);
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

    // ---- releases

    /// @notice Records multiplicands of a study's next release ahead of its authorisation, where there are more than one
    /// transaction holds. They are seen first here. Whoever may authorise may announce, and of new ones only so many per
    /// release, used or not: that bounds what digests of somebody else's future question she can record (R11).
    function announce(
        bytes32 study,
        uint32 releaseNumber,
        bytes32 plan,
        bytes32 requesterKey,
        bytes32[] calldata multiplicands
    ) external {
        (, uint32 releasesMax) = studies.checkRelease(study, msg.sender, plan, requesterKey);
        uint32 next = _nextRelease(study, releaseNumber, releasesMax);
        uint256 announced = _announced[study][next] + _open(multiplicands);
        if (announced > ANNOUNCED_MAX) revert AnnouncedTooMany(study, next, announced);
        _announced[study][next] = announced;
        emit Announced(study, next, multiplicands.length);
    }

    /// @notice Records the authorisation of a study's next release (R6): by its requester, for an allowed plan, under the
    /// consent of this moment.
    /// @param multiplicands what the custodians will multiply by their secrets, one digest per answer, but for those
    /// announced before: a custodian refuses an answer whose multiplicand the chain has not seen. The time at which
    /// each is seen first stays: it decides of which day the key is that draws its noise (R11), so that all custodians
    /// draw the same (R5). That the digests are right is what custodians recompute; keys of different epochs differ, so
    /// that equal digests in two of them harm nobody.
    function authorise(Authorisation calldata a, bytes32[] calldata multiplicands) external {
        (bytes32 dataset, uint32 releasesMax) = studies.checkRelease(a.study, msg.sender, a.plan, a.requesterKey);
        uint32 next = _nextRelease(a.study, a.releaseNumber, releasesMax);
        if (a.dataRoot == 0 || a.mask == 0 || a.result == 0 || a.sigmas == 0 || a.authorisationHash == 0) {
            revert EmptyCommitment();
        }
        bytes32 current = currentConsentRoot(dataset).root;
        if (a.consentRoot != current) revert ConsentRootDiffers(a.consentRoot, current);
        _open(multiplicands);
        releasesUsed[a.study] = next;
        _authorisations[a.study][next] =
            RecordedAuthorisation(a, uint64(block.number), uint64(block.timestamp), currentEpoch);
        if (!_datasets[dataset].exact) _debit(a.study, next, a.rhoMicro, a.rhoCountsMicro);
        else if (a.rhoMicro | a.rhoCountsMicro != 0) revert ExactAsksNoBudget(dataset, a.rhoMicro);
        emit Authorised(a.study, next, a.authorisationHash);
    }

    /// @notice A custodian's word that it has not answered this release and never will, by each seat of the committee in
    /// office when it was authorised, once. When all have given it, what the answer would have cost is given back to study
    /// and data set; the counts, which were opened, stay paid for, and the release stays used. A committee that was
    /// relieved gives its word still: what it was asked the next one never answers, and what it answered only it knows.
    function refuse(bytes32 study, uint32 releaseNumber) external {
        RecordedAuthorisation storage recorded = _authorisations[study][releaseNumber];
        if (recorded.inBlock == 0) revert NotAuthorised(study, releaseNumber);
        (uint8 seat, uint256 seats) = _seatOf(recorded.epoch);
        Authorisation storage a = recorded.authorisation;
        _refuse(study, releaseNumber, seat, seats, a.rhoMicro - a.rhoCountsMicro);
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

    /// Up to `limit` of `length` entries, beginning with number `from`.
    function _page(uint256 length, uint256 from, uint256 limit) private pure returns (uint256 first, uint256 size) {
        first = from < length ? from : length;
        size = limit < length - first ? limit : length - first;
    }

    function _requireDataset(bytes32 dataset) internal view override {
        _dataset(dataset);
    }

    function _approvedFor(bytes32 study) internal view override returns (bytes32 dataset, uint64 rhoMicro) {
        return studies.approvedFor(study);
    }

    function _nextRelease(bytes32 study, uint32 given, uint32 releasesMax) private view returns (uint32 next) {
        next = releasesUsed[study] + 1;
        if (next > releasesMax) revert ReleasesExhausted(study, releasesMax);
        if (given != next) revert ReleaseOutOfOrder(study, given, next);
    }

    /// @dev Returns how many of them had not been seen.
    function _open(bytes32[] calldata multiplicands) private returns (uint256 fresh) {
        if (multiplicands.length == 0 || multiplicands.length > MULTIPLICANDS_MAX) {
            revert MultiplicandCount(multiplicands.length);
        }
        for (uint256 i = 0; i < multiplicands.length; ++i) {
            bytes32 multiplicand = multiplicands[i];
            if (multiplicand == 0) revert EmptyCommitment();
            if (_firstOpened[multiplicand] != 0) continue;
            _firstOpened[multiplicand] = uint64(block.timestamp);
            ++fresh;
        }
    }

    function _dataset(bytes32 dataset) private view returns (DatasetRecord storage record) {
        record = _datasets[dataset];
        if (record.slotsPerBlock == 0) revert NoSuchDataset(dataset);
    }
}
