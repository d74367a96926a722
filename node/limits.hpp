// SPDX-License-Identifier: Apache-2.0
// Every bound of the node's network and process layer, in one place and named.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mc::node {

/// What one HTTP server spends at most. Every field may be lowered by a test or a configuration.
struct HttpServerLimits {
  /// Open sockets. Above it the connection that has been idle longest makes room; if none is idle, the newcomer gets
  /// 503.
  std::size_t connections_max = 256;
  /// Requests that a worker runs or that wait for one; above it: 503.
  std::size_t pending_requests_max = 128;
  /// The same of routes that take long (Router::add_long); above it: 429.
  std::size_t pending_long_max = 64;
  /// Request line and header fields together; above it: 431.
  std::uint32_t header_bytes_max = 16 * 1024;
  /// Bodies and unsent replies held at one moment, all connections together; a request that does not fit: 503.
  std::size_t bytes_in_flight_max = std::size_t{512} * 1024 * 1024;
  /// From the first byte of a request to the end of its header.
  std::chrono::milliseconds header_timeout{10'000};
  /// A kept-alive connection without a request.
  std::chrono::milliseconds idle_timeout{60'000};
  /// A body or reply may take this long plus its size over `bytes_per_second_min`: slow lines live, stalled ones do
  /// not.
  std::chrono::milliseconds transfer_timeout{10'000};
  std::size_t bytes_per_second_min = 64 * 1024;
  /// `stop` waits this long for replies that are being made or sent.
  std::chrono::milliseconds drain_timeout{5'000};
};

/// Body of a route that names no limit of its own.
inline constexpr std::size_t kDefaultBodyBytesMax = std::size_t{1} * 1024 * 1024;

/// What one HTTP client waits for and takes at most.
struct HttpClientLimits {
  std::chrono::milliseconds connect_timeout{3'000};
  /// Silence on the line while a reply to a question (GET) or document (PUT) is awaited.
  std::chrono::milliseconds read_timeout{300'000};
  /// The same for POST, which asks for work: a custodian recomputes a whole query before it answers, and a model of a
  /// million records takes a quarter of an hour. A peer that has vanished is noticed by probes, below.
  std::chrono::milliseconds work_timeout{std::chrono::hours(24)};
  /// A silent line is probed (TCP keep-alive) after this long, again after each pause, and given up after the last.
  std::chrono::seconds probe_after{30};
  std::chrono::seconds probe_pause{10};
  int probes = 6;
  std::chrono::milliseconds write_timeout{30'000};
};

/// Lines that calls about one study, and about all studies together, add to a custodian's journal in a minute without
/// costing a release: refusals, and what was said before. A refusal beyond is 429, with the seconds until the next
/// minute; an answer is given all the same.
inline constexpr std::uint32_t kProvokedPerStudyMax = 240;
inline constexpr std::uint32_t kProvokedMax = 1'200;
inline constexpr std::chrono::seconds kProvokedWindow{60};
/// Studies counted apart in one minute; those beyond share one count.
inline constexpr std::size_t kProvokedStudiesMax = 4'096;

/// Columns of one upload, and of all, that a custodian opens in a minute although it has opened them before or nobody
/// waits for them: a column that is next in its upload is opened once for whoever asks, without being counted. Above
/// it: 429. Each takes some ten milliseconds for each piece.
inline constexpr std::uint32_t kOpeningsAgainPerUploadMax = 600;
inline constexpr std::uint32_t kOpeningsAgainMax = 1'200;
/// Uploads of which a custodian keeps the column that is being judged: up to 12 MB each (4-of-7).
inline constexpr std::size_t kOpenUploadsMax = 8;

/// Statements about one record that a store takes: of everybody's together no client reads more than a million, and
/// questions stop beyond. Twice as many may revoke, so that who permitted can always take it back; on chain nobody is
/// counted.
inline constexpr std::uint32_t kStatementsPerRecordMax = 1'000;

/// Executions of queries that one process runs at once, each with its own working set; of one study one.
inline constexpr std::size_t kExecutionsMax = 2;

/// A custodian reads the final chain's time this often, so that release keys move on although nobody asks.
inline constexpr std::chrono::seconds kChainTimePause{60};
/// How often a custodian looks for a committee that follows its own.
inline constexpr std::chrono::seconds kCommitteePause{2};

/// How often whoever computes looks for uploads whose proofs it has not checked.
inline constexpr std::chrono::seconds kUploadPause{2};
/// The same where something was missing, at most.
inline constexpr std::chrono::seconds kUploadPauseMax{600};

/// Characters of a peer's error sentence that are passed on.
inline constexpr std::size_t kPeerMessageCharactersMax = 2'000;

/// A JSON-RPC reply of the chain. Event logs and contract code stay far below.
inline constexpr std::size_t kRpcReplyBytesMax = std::size_t{64} * 1024 * 1024;

/// The embedded chain's saved state: tens of thousands of transactions. Read whole at the start.
inline constexpr std::size_t kChainStateBytesMax = std::size_t{256} * 1024 * 1024;

/// One JSON-RPC request through the chain's door; deployments of contracts are tens of kilobytes.
inline constexpr std::size_t kRpcRequestBytesMax = std::size_t{4} * 1024 * 1024;

/// One line of a log; longer ones are cut.
inline constexpr std::size_t kLogLineBytesMax = 4'096;

/// Lines of a dead process's log that an error quotes, and the bytes that are read to find them.
inline constexpr std::size_t kQuotedLogLines = 6;
inline constexpr std::size_t kQuotedLogBytesMax = 4'096;

/// A pid file is one short line.
inline constexpr std::size_t kPidFileBytesMax = 256;

}  // namespace mc::node
