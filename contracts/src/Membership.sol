// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

/// @title Who belongs to the commons.
/// @notice Three chambers (patients, providers, researchers), one member one vote, and two roles: custodians hold pieces
/// of the collective key, node operators run stores. The founder names the first members and then ends its own power for
/// ever with `sealFounding`. Admission and removal by vote of all chambers will enter through a second gate beside
/// `onlyFounding`; `joinedInBlock` is there for it, so that nobody votes on what was proposed before she joined.
contract Membership {
    using EnumerableSet for EnumerableSet.AddressSet;

    enum Chamber {
        None,
        Patients,
        Providers,
        Researchers
    }

    error NotTheFounder(address caller);
    error FoundingIsSealed();
    error ZeroAddress();
    error NoSuchChamber();
    error AlreadyAMember(address account, Chamber chamber);
    error AlreadyAppointed(address account);
    error EmptyChamber(Chamber chamber);

    event MemberAdmitted(address indexed account, Chamber indexed chamber);
    event CustodianAppointed(address indexed account);
    event NodeOperatorAppointed(address indexed account);
    event FoundingSealed(uint256 patients, uint256 providers, uint256 researchers);

    /// @notice The account that deployed the commons; powerless once `foundingSealed`.
    address public immutable founder;
    bool public foundingSealed;

    mapping(address account => Chamber) public chamberOf;
    mapping(address account => uint64) public joinedInBlock;
    mapping(address account => bool) public isCustodian;
    mapping(address account => bool) public isNodeOperator;
    mapping(Chamber chamber => EnumerableSet.AddressSet) private _members;

    modifier onlyFounding() {
        requireFounding(msg.sender);
        _;
    }

    constructor() {
        founder = msg.sender;
    }

    /// @notice Reverts unless `caller` is the founder and the founding is still open.
    function requireFounding(address caller) public view {
        if (foundingSealed) revert FoundingIsSealed();
        if (caller != founder) revert NotTheFounder(caller);
    }

    /// @notice Admits a founding member. An account belongs to one chamber only.
    function admit(address account, Chamber chamber) external onlyFounding {
        if (account == address(0)) revert ZeroAddress();
        if (chamber == Chamber.None) revert NoSuchChamber();
        if (chamberOf[account] != Chamber.None) revert AlreadyAMember(account, chamberOf[account]);
        chamberOf[account] = chamber;
        joinedInBlock[account] = uint64(block.number);
        _members[chamber].add(account);
        emit MemberAdmitted(account, chamber);
    }

    function appointCustodian(address account) external onlyFounding {
        if (account == address(0)) revert ZeroAddress();
        if (isCustodian[account]) revert AlreadyAppointed(account);
        isCustodian[account] = true;
        emit CustodianAppointed(account);
    }

    function appointNodeOperator(address account) external onlyFounding {
        if (account == address(0)) revert ZeroAddress();
        if (isNodeOperator[account]) revert AlreadyAppointed(account);
        isNodeOperator[account] = true;
        emit NodeOperatorAppointed(account);
    }

    /// @notice Ends the founder's power. Every chamber must have a member, or no study could ever pass.
    function sealFounding() external onlyFounding {
        for (uint8 i = uint8(Chamber.Patients); i <= uint8(Chamber.Researchers); ++i) {
            if (_members[Chamber(i)].length() == 0) revert EmptyChamber(Chamber(i));
        }
        foundingSealed = true;
        emit FoundingSealed(countIn(Chamber.Patients), countIn(Chamber.Providers), countIn(Chamber.Researchers));
    }

    function countIn(Chamber chamber) public view returns (uint32) {
        return uint32(_members[chamber].length());
    }

    /// @notice Up to `limit` members of a chamber, beginning with number `from`.
    function members(Chamber chamber, uint256 from, uint256 limit) external view returns (address[] memory) {
        uint256 count = _members[chamber].length();
        uint256 first = from < count ? from : count;
        uint256 last = limit < count - first ? first + limit : count;
        return _members[chamber].values(first, last);
    }
}
