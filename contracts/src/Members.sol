// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

/// @title The roll: who belongs to the commons, under which key, and who votes for whom.
/// @notice Three chambers, one member one vote, and roles beside them. A member is known for ever by the account she was
/// admitted with, her identity; the key she signs with may change, and what she has voted on stays voted. The founder
/// names the first members and then ends its own power for ever with `sealFounding`; what happens to the roll afterwards
/// is decided by the chambers (Membership.sol).
abstract contract Members {
    using Checkpoints for Checkpoints.Trace160;
    using EnumerableSet for EnumerableSet.AddressSet;

    enum Chamber {
        None,
        Patients,
        Providers,
        Researchers
    }

    enum Role {
        None,
        Custodian,
        NodeOperator,
        Auditor,
        EthicsBoard
    }

    /// @dev Of every account that ever belonged to somebody; one word. What became of it is in `accountOf`.
    struct Seat {
        address identity;
        Chamber chamber;
        uint64 joinedInBlock;
    }

    /// @dev What an account may cast on a ballot: its own vote unless `delegate` casts it, and those of its delegators.
    struct Paper {
        address identity;
        Chamber chamber;
        uint64 joinedInBlock;
        address delegate;
        uint32 carried;
    }

    error NotTheFounder(address caller);
    error FoundingIsSealed();
    error ZeroAddress();
    error NoSuchChamber();
    error NoSuchRole();
    error AlreadyAMember(address account, Chamber chamber);
    error WasInAnotherChamber(address account, Chamber chamber);
    error KeyWasUsed(address account);
    error NoMember(address account);
    error AlreadyAppointed(address account);
    error NotAppointed(address account);
    error EmptyChamber(Chamber chamber);
    error KeyNotOffered(address identity, address account);
    error NotInYourChamber(address account);
    error DelegationUnchanged();

    event MemberAdmitted(address indexed account, Chamber indexed chamber);
    event MemberRemoved(address indexed account, Chamber indexed chamber);
    event KeyRotated(address indexed identity, address indexed before, address indexed account);
    event Appointed(address indexed account, Role indexed role);
    event Dismissed(address indexed account, Role indexed role);
    event Delegated(address indexed identity, address indexed delegate);
    event BoxKeyPublished(address indexed identity, bytes32 boxKey);
    event FoundingSealed(uint256 patients, uint256 providers, uint256 researchers);

    /// @notice The account that deployed the commons; powerless once `foundingSealed`.
    address public immutable founder;
    bool public foundingSealed;

    /// @notice The account that a member signs with now; zero for whoever is no member.
    mapping(address identity => address) public accountOf;
    /// @notice Where others encrypt to a member: an X25519 public key, zero until she publishes one.
    mapping(address identity => bytes32) public boxKeyOf;
    /// @notice The account that a member wants to sign with from now on, until it takes over.
    mapping(address identity => address) public keyOffered;

    mapping(address account => Seat) private _seats;
    mapping(Chamber chamber => EnumerableSet.AddressSet) private _members;
    mapping(Chamber chamber => Checkpoints.Trace160) private _sizes;
    mapping(Role role => EnumerableSet.AddressSet) private _appointed;
    mapping(Role role => mapping(address account => uint64)) private _appointedInBlock;
    mapping(address identity => Checkpoints.Trace160) private _delegates;
    mapping(address identity => Checkpoints.Trace160) private _carried;

    modifier onlyFounding() {
        requireFounding(msg.sender);
        _;
    }

    constructor() {
        founder = msg.sender;
    }

    // ---- the founding

    /// @notice Reverts unless `caller` is the founder and the founding is still open.
    function requireFounding(address caller) public view {
        if (foundingSealed) revert FoundingIsSealed();
        if (caller != founder) revert NotTheFounder(caller);
    }

    /// @notice Admits a founding member. An account belongs to one chamber only.
    function admit(address account, Chamber chamber) external onlyFounding {
        _admit(account, chamber);
    }

    function appoint(address account, Role role) external onlyFounding {
        _appoint(account, role);
    }

    /// @notice Ends the founder's power. Every chamber must have a member, or no study could ever pass.
    function sealFounding() external onlyFounding {
        for (uint8 i = uint8(Chamber.Patients); i <= uint8(Chamber.Researchers); ++i) {
            if (_members[Chamber(i)].length() == 0) revert EmptyChamber(Chamber(i));
        }
        foundingSealed = true;
        emit FoundingSealed(countIn(Chamber.Patients), countIn(Chamber.Providers), countIn(Chamber.Researchers));
    }

    // ---- what a member does for herself

    /// @notice Names the account that the caller wants to sign with. It takes over with `takeKey`, which shows that
    /// somebody holds its key; zero withdraws the offer.
    function offerKey(address account) external {
        address identity = _self();
        if (account != address(0) && _seats[account].identity != address(0)) revert KeyWasUsed(account);
        keyOffered[identity] = account;
    }

    /// @notice Called by the account that a member has offered: it signs for her from now on, the former one never again.
    function takeKey(address identity) external {
        if (keyOffered[identity] != msg.sender) revert KeyNotOffered(identity, msg.sender);
        _rotate(identity, msg.sender);
    }

    /// @notice On ballots that open after this block, `delegate` casts the caller's vote; zero takes it back. A delegate
    /// casts what was delegated to her and not what was delegated to those.
    function delegateVote(address delegate) external {
        address identity = _self();
        address to;
        if (delegate != address(0)) {
            Chamber chamber = chamberOf(delegate);
            to = _seats[delegate].identity;
            if (chamber == Chamber.None || chamber != _seats[identity].chamber || to == identity) {
                revert NotInYourChamber(delegate);
            }
        }
        if (to == delegateOf(identity)) revert DelegationUnchanged();
        _delegate(identity, to);
    }

    function publishBoxKey(bytes32 boxKey) external {
        address identity = _self();
        boxKeyOf[identity] = boxKey;
        emit BoxKeyPublished(identity, boxKey);
    }

    // ---- reading

    /// @notice The chamber that the account may act for now; None for the former key of a member.
    function chamberOf(address account) public view returns (Chamber) {
        Seat storage seat = _seats[account];
        return seat.identity != address(0) && accountOf[seat.identity] == account ? seat.chamber : Chamber.None;
    }

    /// @notice The member to whom an account belongs or once belonged; zero for a stranger's.
    function identityOf(address account) public view returns (address) {
        return _seats[account].identity;
    }

    function joinedInBlock(address account) external view returns (uint64) {
        return _seats[account].joinedInBlock;
    }

    /// @notice Who casts the member's vote on ballots that open from now on; zero when she does.
    function delegateOf(address identity) public view returns (address) {
        return address(_delegates[identity].latest());
    }

    /// @notice What the account may cast on a ballot that opened in a block; delegations count as they stood before it.
    function paperOf(address account, uint64 openedInBlock) external view returns (Paper memory paper) {
        Seat storage seat = _seats[account];
        paper.identity = seat.identity;
        paper.chamber = chamberOf(account);
        paper.joinedInBlock = seat.joinedInBlock;
        if (openedInBlock == 0) return paper;
        paper.delegate = address(_delegates[seat.identity].upperLookupRecent(openedInBlock - 1));
        paper.carried = uint32(_carried[seat.identity].upperLookupRecent(openedInBlock - 1));
    }

    function hasRole(address account, Role role) public view returns (bool) {
        return _appointed[role].contains(account);
    }

    /// @notice When the account was appointed; 0 while it has not the role.
    function appointedInBlock(address account, Role role) external view returns (uint64) {
        return hasRole(account, role) ? _appointedInBlock[role][account] : 0;
    }

    function isCustodian(address account) external view returns (bool) {
        return hasRole(account, Role.Custodian);
    }

    function isNodeOperator(address account) external view returns (bool) {
        return hasRole(account, Role.NodeOperator);
    }

    /// @notice Everybody who has the role.
    function appointed(Role role) external view returns (address[] memory) {
        return _appointed[role].values();
    }

    function countWith(Role role) external view returns (uint32) {
        return uint32(_appointed[role].length());
    }

    function countIn(Chamber chamber) public view returns (uint32) {
        return uint32(_members[chamber].length());
    }

    /// @notice How many the chamber had before a block: what its members may cast together on a ballot of that block.
    function countBefore(Chamber chamber, uint64 blockNumber) external view returns (uint32) {
        return blockNumber == 0 ? 0 : uint32(_sizes[chamber].upperLookupRecent(blockNumber - 1));
    }

    /// @notice Up to `limit` members of a chamber, beginning with number `from`.
    function members(Chamber chamber, uint256 from, uint256 limit) external view returns (address[] memory) {
        uint256 count = _members[chamber].length();
        uint256 first = from < count ? from : count;
        uint256 last = limit < count - first ? first + limit : count;
        return _members[chamber].values(first, last);
    }

    /// @notice The X25519 keys of these accounts' members, zero where none is published.
    function boxKeys(address[] calldata accounts) external view returns (bytes32[] memory keys) {
        keys = new bytes32[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            keys[i] = boxKeyOf[_seats[accounts[i]].identity];
        }
    }

    // ---- inside: what founding and chambers do to the roll

    /// Reverts unless the account can be admitted to the chamber now. Who was a member before comes back as herself, to
    /// her chamber: votes that others delegated to her would else be cast in another.
    function _requireAdmissible(address account, Chamber chamber) internal view {
        if (account == address(0)) revert ZeroAddress();
        if (chamber == Chamber.None) revert NoSuchChamber();
        Seat storage seat = _seats[account];
        if (chamberOf(account) != Chamber.None) revert AlreadyAMember(account, seat.chamber);
        if (seat.identity == address(0)) return;
        if (seat.identity != account) revert KeyWasUsed(account);
        if (accountOf[account] != address(0)) revert KeyWasUsed(account);
        if (seat.chamber != chamber) revert WasInAnotherChamber(account, seat.chamber);
    }

    function _admit(address account, Chamber chamber) internal {
        _requireAdmissible(account, chamber);
        _seats[account] = Seat(account, chamber, uint64(block.number));
        accountOf[account] = account;
        _members[chamber].add(account);
        _sizes[chamber].push(uint96(block.number), countIn(chamber));
        emit MemberAdmitted(account, chamber);
    }

    function _requireRemovable(address account) internal view {
        Chamber chamber = chamberOf(account);
        if (chamber == Chamber.None) revert NoMember(account);
        if (countIn(chamber) == 1) revert EmptyChamber(chamber);
    }

    function _remove(address account) internal {
        _requireRemovable(account);
        Seat storage seat = _seats[account];
        if (delegateOf(seat.identity) != address(0)) _delegate(seat.identity, address(0));
        delete accountOf[seat.identity];
        delete keyOffered[seat.identity];
        delete boxKeyOf[seat.identity];
        _members[seat.chamber].remove(account);
        _sizes[seat.chamber].push(uint96(block.number), countIn(seat.chamber));
        emit MemberRemoved(account, seat.chamber);
    }

    function _requireRotatable(address account, address replacement) internal view {
        if (replacement == address(0)) revert ZeroAddress();
        if (chamberOf(account) == Chamber.None) revert NoMember(account);
        if (_seats[replacement].identity != address(0)) revert KeyWasUsed(replacement);
    }

    /// The member goes on with another key, under the same identity: ballots that she voted on stay voted.
    function _rotate(address identity, address account) internal {
        address before = accountOf[identity];
        _requireRotatable(before, account);
        Seat storage seat = _seats[before];
        _seats[account] = Seat(identity, seat.chamber, seat.joinedInBlock);
        accountOf[identity] = account;
        delete keyOffered[identity];
        _members[seat.chamber].remove(before);
        _members[seat.chamber].add(account);
        emit KeyRotated(identity, before, account);
    }

    function _requireAppointable(address account, Role role) internal view {
        if (account == address(0)) revert ZeroAddress();
        if (role == Role.None) revert NoSuchRole();
        if (hasRole(account, role)) revert AlreadyAppointed(account);
    }

    function _appoint(address account, Role role) internal {
        _requireAppointable(account, role);
        _appointed[role].add(account);
        _appointedInBlock[role][account] = uint64(block.number);
        emit Appointed(account, role);
    }

    function _requireDismissible(address account, Role role) internal view {
        if (!hasRole(account, role)) revert NotAppointed(account);
    }

    function _dismiss(address account, Role role) internal {
        _requireDismissible(account, role);
        _appointed[role].remove(account);
        emit Dismissed(account, role);
    }

    // ---- inside

    function _self() private view returns (address) {
        if (chamberOf(msg.sender) == Chamber.None) revert NoMember(msg.sender);
        return _seats[msg.sender].identity;
    }

    function _delegate(address identity, address to) private {
        address before = delegateOf(identity);
        uint96 now_ = uint96(block.number);
        if (before != address(0)) _carried[before].push(now_, _carried[before].latest() - 1);
        if (to != address(0)) _carried[to].push(now_, _carried[to].latest() + 1);
        _delegates[identity].push(now_, uint160(to));
        emit Delegated(identity, to);
    }
}
