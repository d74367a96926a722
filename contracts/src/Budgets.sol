// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What answers may cost in privacy, and what they have cost.
/// @notice Zero-concentrated budgets in millionths of rho (R19): one per study, as the chambers approved it, and one per
/// data set over all of its studies, as it was founded or as they changed it since. Both are debited in the transaction that records a release, so
/// that of two that race for the rest one is refused; both are open to everybody. A data set of the kind `exact` has none.
abstract contract Budgets {
    /// @dev `spent` is what is debited now; `refunded` what was debited once and given back. `spent` never passes `total`.
    struct Budget {
        uint64 total;
        uint64 spent;
        uint64 refunded;
    }

    /// @dev `seats`: a bit per seat of the committee that said it will not answer.
    struct Refusals {
        uint64 seats;
        bool voided;
    }

    error DatasetBudget(bytes32 dataset, uint64 rhoMicroMax);
    error ExactAsksNoBudget(bytes32 dataset, uint64 rhoMicro);
    error BadDebit(uint64 rhoMicro, uint64 rhoCountsMicro);
    error BudgetExhausted(bytes32 study, uint64 asked, uint64 left);
    error DatasetBudgetExhausted(bytes32 dataset, uint64 asked, uint64 left);
    error RefusedAlready(bytes32 study, uint32 releaseNumber, address custodian);
    error NoBudgetToChange(bytes32 dataset);
    error TotalBelowSpent(bytes32 dataset, uint64 rhoMicroMax, uint64 spent);
    error TotalSettled(uint256 number, uint256 newest);

    event Debited(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed dataset, uint64 rhoMicro);
    event Refused(bytes32 indexed study, uint32 indexed releaseNumber, address indexed custodian, uint64 seats);
    event Refunded(bytes32 indexed study, uint32 indexed releaseNumber, bytes32 indexed dataset, uint64 rhoMicro);

    event TotalChanged(bytes32 indexed dataset, uint256 indexed number, uint64 rhoMicroMax);

    /// @dev The total of a study is not kept twice: it is what Studies has.
    mapping(bytes32 study => Budget) private _ofStudy;
    mapping(bytes32 dataset => Budget) private _ofDataset;
    mapping(bytes32 study => mapping(uint32 releaseNumber => Refusals)) private _refusals;
    /// @notice One more than the number of the motion that a data set's total is from; 0 for that of its founding.
    mapping(bytes32 dataset => uint256) public totalMotions;

    /// @notice A study's budget: what the chambers approved, what is debited of it, what was given back.
    function budgetOf(bytes32 study) external view returns (Budget memory budget) {
        budget = _ofStudy[study];
        (, budget.total) = _approvedFor(study);
    }

    /// @notice A data set's budget over all of its studies.
    function spentOn(bytes32 dataset) external view returns (Budget memory) {
        return _ofDataset[dataset];
    }

    /// @notice Whether a release was refused by its whole committee: no custodian answers it any more.
    function voided(bytes32 study, uint32 releaseNumber) external view returns (bool) {
        return _refusals[study][releaseNumber].voided;
    }

    /// @notice The seats that refused a release, a bit each.
    function refusals(bytes32 study, uint32 releaseNumber) external view returns (uint64) {
        return _refusals[study][releaseNumber].seats;
    }

    /// @dev A data set without a total would be one whose privacy nobody bounded.
    function _foundBudget(bytes32 dataset, bool exact, uint64 rhoMicroMax) internal {
        if (exact != (rhoMicroMax == 0)) revert DatasetBudget(dataset, rhoMicroMax);
        _ofDataset[dataset].total = rhoMicroMax;
    }

    /// @dev Of two motions that were approved the later stands, whichever is carried out first.
    function _changeTotal(uint256 number, bytes32 dataset, uint64 rhoMicroMax) internal {
        Budget storage budget = _ofDataset[dataset];
        if (budget.total == 0) revert NoBudgetToChange(dataset);
        if (rhoMicroMax < budget.spent) revert TotalBelowSpent(dataset, rhoMicroMax, budget.spent);
        uint256 newest = totalMotions[dataset];
        if (number < newest) revert TotalSettled(number, newest - 1);
        totalMotions[dataset] = number + 1;
        budget.total = rhoMicroMax;
        emit TotalChanged(dataset, number, rhoMicroMax);
    }

    function _debit(bytes32 study, uint32 releaseNumber, uint64 rhoMicro, uint64 rhoCountsMicro) internal {
        if (rhoMicro == 0 || rhoCountsMicro > rhoMicro) revert BadDebit(rhoMicro, rhoCountsMicro);
        (bytes32 dataset, uint64 total) = _approvedFor(study);
        Budget storage ofStudy = _ofStudy[study];
        uint64 left = total - ofStudy.spent;
        if (rhoMicro > left) revert BudgetExhausted(study, rhoMicro, left);
        Budget storage ofDataset = _ofDataset[dataset];
        left = ofDataset.total - ofDataset.spent;
        if (rhoMicro > left) revert DatasetBudgetExhausted(dataset, rhoMicro, left);
        ofStudy.spent += rhoMicro;
        ofDataset.spent += rhoMicro;
        emit Debited(study, releaseNumber, dataset, rhoMicro);
    }

    /// @dev Gives `rhoMicro` back, once, when the last of all `seats` has refused. All of them, although t answers open a
    /// release and n - t + 1 refusals of honest custodians would exclude them: up to t - 1 may be dishonest, refuse here
    /// and answer the requester all the same (R19 counts on no more than one honest piece). What was opened, at least one
    /// honest custodian answered, and that one never refuses: with it missing here nothing that was opened is refunded.
    function _refuse(bytes32 study, uint32 releaseNumber, uint8 seat, uint256 seats, uint64 rhoMicro) internal {
        Refusals storage given = _refusals[study][releaseNumber];
        uint64 bit = uint64(1) << seat;
        if (given.seats & bit != 0) revert RefusedAlready(study, releaseNumber, msg.sender);
        given.seats |= bit;
        emit Refused(study, releaseNumber, msg.sender, given.seats);
        if (given.seats != (uint64(1) << uint64(seats)) - 1) return;
        given.voided = true;
        (bytes32 dataset,) = _approvedFor(study);
        Budget storage ofStudy = _ofStudy[study];
        Budget storage ofDataset = _ofDataset[dataset];
        ofStudy.spent -= rhoMicro;
        ofStudy.refunded += rhoMicro;
        ofDataset.spent -= rhoMicro;
        ofDataset.refunded += rhoMicro;
        emit Refunded(study, releaseNumber, dataset, rhoMicro);
    }

    /// @dev A study's data set and the budget that the chambers approved.
    function _approvedFor(bytes32 study) internal view virtual returns (bytes32 dataset, uint64 rhoMicro);
}
