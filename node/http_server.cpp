// SPDX-License-Identifier: Apache-2.0
// The only translation unit that knows the HTTP server library. Everything but handlers runs on one thread, so no
// session needs a lock; a worker touches only its session's request, while the session waits for it.
#include <utility>  // boost 1.74 uses std::exchange without including it

#include "node/http_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

#include "node/logging.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using Clock = std::chrono::steady_clock;
using ByteBody = http::vector_body<std::uint8_t>;

constexpr std::size_t kReadBufferBytesMax = 128 * 1024;
constexpr std::size_t kFirstReadBytes = 4 * 1024;
/// A refused body is read and thrown away up to here, so that its sender reads our reply instead of a broken line.
constexpr std::size_t kDiscardedBytesMax = std::size_t{128} * 1024 * 1024;
constexpr std::chrono::milliseconds kDiscardPatience{5'000};
/// After a failed accept (no descriptor left) the next try waits.
constexpr std::chrono::milliseconds kAcceptPause{50};

std::string lower_case(beast::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

/// Threads started while this lives take no signals: SIGTERM belongs to whoever waits for it, never to a server thread,
/// where it would end the process in the middle of a reply.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

/// Listener, worker pool and what all connections together may hold.
class HttpServer::Engine {
 public:
  Engine(Router router, HttpServerConfig config)
      : router_(std::move(router)),
        config_(std::move(config)),
        acceptor_(io_),
        accept_timer_(io_),
        workers_(config_.worker_threads),
        long_workers_(config_.long_worker_threads) {}

  Status listen();
  void run();
  void stop();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& address() const { return config_.address; }
  [[nodiscard]] HttpTraffic traffic() const { return {requests_, bytes_received_, bytes_sent_}; }

 private:
  class Session;

  void accept_next();
  void admit(tcp::socket socket);
  bool evict_longest_idle();
  void forget(const std::shared_ptr<Session>& session);
  [[nodiscard]] bool fits(std::size_t bytes) const {
    return bytes <= config_.limits.bytes_in_flight_max - std::min(in_flight_, config_.limits.bytes_in_flight_max);
  }
  [[nodiscard]] std::chrono::milliseconds transfer_time(std::size_t bytes) const {
    return config_.limits.transfer_timeout +
           std::chrono::milliseconds(bytes * 1000 / config_.limits.bytes_per_second_min);
  }

  const Router router_;
  const HttpServerConfig config_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_timer_;
  std::uint16_t port_ = 0;

  // Of the socket thread alone.
  std::unordered_set<std::shared_ptr<Session>> sessions_;
  std::size_t in_flight_ = 0;
  std::size_t pending_requests_ = 0;
  std::size_t pending_long_ = 0;
  std::promise<void> all_sessions_ended_;
  bool is_waiting_for_sessions_ = false;

  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> bytes_received_ = 0;
  std::atomic<std::uint64_t> bytes_sent_ = 0;
  std::once_flag stop_once_;
  asio::thread_pool workers_, long_workers_;
  std::thread socket_thread_;
};

/// One connection: idle, reading, working, writing, then idle again or discarding what a refused peer still sends.
class HttpServer::Engine::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Engine& engine, tcp::socket socket) : engine_(engine), stream_(std::move(socket)) {}

  void wait_for_request();
  /// Tells a newcomer that there is no room for it.
  void refuse();
  /// Ends every operation at once.
  void close();
  [[nodiscard]] bool is_idle() const { return state_ == State::kIdle; }
  [[nodiscard]] bool is_answering() const { return state_ == State::kWorking || state_ == State::kWriting; }
  [[nodiscard]] Clock::time_point idle_since() const { return idle_since_; }

 private:
  enum class State { kIdle, kReading, kWorking, kWriting, kDiscarding };

  void read_header();
  void on_header(error_code error);
  /// Fills request_ and route_ from the header; an unwanted request's reply otherwise.
  std::optional<HttpResponse> take_header();
  /// What speaks against reading this body; nothing if it is welcome.
  std::optional<HttpResponse> refusal_of_body();
  void read_body();
  void on_body(error_code error);
  void work();
  void reply(HttpResponse response);
  void on_sent(error_code error, std::size_t body_bytes);
  void discard(std::size_t discarded);
  void reply_and_close(const Error& error, int status);
  void reserve(std::size_t bytes) {
    reserved_ += bytes;
    engine_.in_flight_ += bytes;
  }
  void release() { engine_.in_flight_ -= std::exchange(reserved_, 0); }
  void end();

  Engine& engine_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kReadBufferBytesMax};
  State state_ = State::kIdle;
  Clock::time_point idle_since_ = Clock::now();
  Clock::time_point request_start_;
  std::optional<http::request_parser<http::empty_body>> header_;
  std::optional<http::request_parser<ByteBody>> body_;
  HttpRequest request_;
  const Route* route_ = nullptr;
  std::size_t request_bytes_ = 0;
  std::optional<http::response<ByteBody>> response_;
  std::size_t reserved_ = 0;
  bool keep_alive_ = false;
  /// The request was refused before it was read whole: closing at once would make the peer's system throw our reply
  /// away.
  bool has_unread_input_ = true;
};

void HttpServer::Engine::Session::wait_for_request() {
  if (engine_.stopping_) return end();
  state_ = State::kIdle;
  idle_since_ = Clock::now();
  if (buffer_.size() != 0) return read_header();
  stream_.expires_after(engine_.config_.limits.idle_timeout);
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (error) return self->end();
                            self->buffer_.commit(size);
                            self->read_header();
                          });
}

void HttpServer::Engine::Session::read_header() {
  state_ = State::kReading;
  request_ = HttpRequest{};
  route_ = nullptr;
  request_bytes_ = 0;
  keep_alive_ = false;
  has_unread_input_ = true;
  body_.reset();
  header_.emplace();
  header_->header_limit(engine_.config_.limits.header_bytes_max);
  // Which limit holds is known only once the path is; until then nothing of the body is read or reserved.
  header_->body_limit(std::numeric_limits<std::uint64_t>::max());
  stream_.expires_after(engine_.config_.limits.header_timeout);
  http::async_read_header(stream_, buffer_, *header_,
                          [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void HttpServer::Engine::Session::on_header(error_code error) {
  request_start_ = Clock::now();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return reply_and_close(Error{Code::kLimit, fmt::format("the request header is larger than {} bytes",
                                                           engine_.config_.limits.header_bytes_max)},
                           431);
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return end();
  if (error && error.category() == http::make_error_code(http::error::bad_method).category()) {
    return reply_and_close(Error{Code::kParse, "the request is not HTTP: " + error.message()}, 400);
  }
  if (error) return end();
  if (engine_.stopping_) return end();
  auto refusal = take_header();
  if (!refusal) refusal = refusal_of_body();
  if (refusal) {
    // Without a body the line is clean for the next request; with one the only way past it is to close.
    has_unread_input_ = !header_->is_done();
    if (has_unread_input_) keep_alive_ = false;
    return reply(std::move(*refusal));
  }
  if (header_->is_done()) return work();
  if (!beast::iequals(header_->get()[http::field::expect], "100-continue") || buffer_.size() != 0) return read_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue), [self = shared_from_this()](error_code failed, std::size_t) {
    if (failed) return self->end();
    self->read_body();
  });
}

std::optional<HttpResponse> HttpServer::Engine::Session::take_header() {
  const auto& message = header_->get();
  keep_alive_ = message.keep_alive();
  request_.method = std::string(message.method_string());
  for (const auto& field : message) request_.headers[lower_case(field.name_string())] = std::string(field.value());
  const beast::string_view target = message.target();
  if (auto status = parse_target({target.data(), target.size()}, request_); !status)
    return HttpResponse::error(status.error());
  const Router::Match match = engine_.router_.match(request_);
  route_ = match.route;
  if (route_ != nullptr) return std::nullopt;
  if (match.allowed_methods.empty())
    return HttpResponse::error(Error{Code::kNotFound, "this node has nothing at this path"});
  auto refusal = HttpResponse::error(Error{Code::kUnsupported, "this path answers only " + match.allowed_methods}, 405);
  refusal.headers.emplace_back("Allow", match.allowed_methods);
  return refusal;
}

std::optional<HttpResponse> HttpServer::Engine::Session::refusal_of_body() {
  const bool chunked = header_->chunked();
  if (chunked && !beast::iequals(header_->get()[http::field::transfer_encoding], "chunked")) {
    return HttpResponse::error(Error{Code::kUnsupported, "of the transfer encodings only chunked is understood"});
  }
  const std::uint64_t announced = header_->content_length() ? *header_->content_length() : 0;
  if (announced > route_->body_bytes_max) {
    return HttpResponse::error(
        Error{Code::kLimit, fmt::format("the body of {} bytes is larger than the {} bytes that {} takes", announced,
                                        route_->body_bytes_max, Router::pattern_text(*route_))});
  }
  const std::size_t needed = chunked ? route_->body_bytes_max : static_cast<std::size_t>(announced);
  if (!engine_.fits(needed)) {
    return HttpResponse::error(Error{Code::kUnavailable, "the node is busy with other transfers; try again"});
  }
  reserve(needed);
  return std::nullopt;
}

void HttpServer::Engine::Session::read_body() {
  body_.emplace(std::move(*header_));
  body_->body_limit(route_->body_bytes_max);
  stream_.expires_after(engine_.transfer_time(reserved_));
  http::async_read(stream_, buffer_, *body_,
                   [self = shared_from_this()](error_code error, std::size_t) { self->on_body(error); });
}

void HttpServer::Engine::Session::on_body(error_code error) {
  if (error == http::error::body_limit) {
    return reply_and_close(Error{Code::kLimit, fmt::format("the body is larger than the {} bytes that {} takes",
                                                           route_->body_bytes_max, Router::pattern_text(*route_))},
                           413);
  }
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return reply_and_close(Error{Code::kParse, "the request body is not well-formed: " + error.message()}, 400);
  }
  // Cut off or stalled: there is nobody to answer, and half a body is never handed on.
  if (error) return end();
  request_.body = std::move(body_->get().body());
  body_.reset();
  work();
}

void HttpServer::Engine::Session::work() {
  has_unread_input_ = false;
  request_bytes_ = request_.body.size();
  std::size_t& pending = route_->is_long ? engine_.pending_long_ : engine_.pending_requests_;
  const HttpServerLimits& limits = engine_.config_.limits;
  if (pending >= (route_->is_long ? limits.pending_long_max : limits.pending_requests_max)) {
    const auto refused = protocol::refuse(protocol::Refusal::kNodeBusy, Code::kUnavailable,
                                          "the node has too many requests waiting; try again");
    auto busy = HttpResponse::error(refused.value(), route_->is_long ? 429 : 503);
    busy.headers.emplace_back("Retry-After", "1");
    return reply(std::move(busy));
  }
  ++pending;
  state_ = State::kWorking;
  stream_.expires_never();
  asio::post(route_->is_long ? engine_.long_workers_ : engine_.workers_, [self = shared_from_this(), &pending] {
    HttpResponse response = self->engine_.stopping_
                                ? HttpResponse::error(Error{Code::kUnavailable, "the node is ending"})
                                : Router::answer(*self->route_, self->request_);
    asio::post(self->engine_.io_, [self, &pending, response = std::move(response)]() mutable {
      --pending;
      self->reply(std::move(response));
    });
  });
}

void HttpServer::Engine::Session::reply(HttpResponse response) {
  state_ = State::kWriting;
  Bytes().swap(request_.body);
  release();
  if (engine_.stopping_) keep_alive_ = false;
  const std::size_t body_bytes = response.body.size();
  response_.emplace();
  response_->result(static_cast<unsigned>(response.status));
  response_->version(11);
  response_->keep_alive(keep_alive_);
  if (body_bytes != 0) response_->set(http::field::content_type, response.content_type);
  response_->set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) response_->set(name, value);
  if (response.status != 204) response_->content_length(body_bytes);
  if (request_.method != "HEAD") response_->body() = std::move(response.body);
  // Counted before it leaves: whoever holds the reply finds it counted.
  ++engine_.requests_;
  engine_.bytes_received_ += request_bytes_;
  engine_.bytes_sent_ += body_bytes;
  // A reply that is made is sent; new requests are what the limit holds back.
  reserve(response_->body().size());
  stream_.expires_after(engine_.transfer_time(body_bytes));
  http::async_write(stream_, *response_, [self = shared_from_this(), body_bytes](error_code error, std::size_t) {
    self->on_sent(error, body_bytes);
  });
}

void HttpServer::Engine::Session::on_sent(error_code error, std::size_t body_bytes) {
  release();
  const int status = response_->result_int();
  response_.reset();
  if (engine_.config_.on_access) {
    const std::chrono::duration<double, std::milli> taken = Clock::now() - request_start_;
    // Method and path are what a peer wrote: only what we know ourselves is handed on.
    engine_.config_.on_access({route_ != nullptr ? route_->method : "-",
                               route_ != nullptr ? Router::pattern_text(*route_) : "-", status, request_bytes_,
                               body_bytes, taken.count()});
  }
  if (error) return end();
  if (keep_alive_) return wait_for_request();
  if (!has_unread_input_ || engine_.stopping_) return end();
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  state_ = State::kDiscarding;
  stream_.expires_after(kDiscardPatience);
  discard(0);
}

void HttpServer::Engine::Session::discard(std::size_t discarded) {
  buffer_.clear();
  if (discarded > kDiscardedBytesMax) return end();
  stream_.async_read_some(buffer_.prepare(kReadBufferBytesMax),
                          [self = shared_from_this(), discarded](error_code error, std::size_t size) {
                            if (error) return self->end();
                            self->discard(discarded + size);
                          });
}

void HttpServer::Engine::Session::reply_and_close(const Error& error, int status) {
  keep_alive_ = false;
  reply(HttpResponse::error(error, status));
}

void HttpServer::Engine::Session::refuse() {
  request_start_ = Clock::now();
  reply_and_close(Error{Code::kUnavailable, "the node has as many connections as it takes; try again"}, 503);
}

void HttpServer::Engine::Session::close() {
  stream_.close();
}

void HttpServer::Engine::Session::end() {
  close();
  release();
  engine_.forget(shared_from_this());
}

Status HttpServer::Engine::listen() {
  error_code error;
  const auto address = asio::ip::make_address(config_.address, error);
  if (error) return fail(Code::kInvalidArgument, fmt::format("\"{}\" is not an IP address", config_.address));
  const tcp::endpoint endpoint(address, config_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return fail(Code::kConflict, fmt::format("port {} on {} is in use", config_.port, config_.address));
  }
  if (error)
    return fail(Code::kIo,
                fmt::format("cannot listen on port {} of {}: {}", config_.port, config_.address, error.message()));
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void HttpServer::Engine::run() {
  keep_running_.emplace(io_.get_executor());
  accept_next();
  socket_thread_ = std::thread([this] { io_.run(); });
}

void HttpServer::Engine::accept_next() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      admit(std::move(socket));
      return accept_next();
    }
    accept_timer_.expires_after(kAcceptPause);
    accept_timer_.async_wait([this](error_code cancelled) {
      if (!cancelled && acceptor_.is_open()) accept_next();
    });
  });
}

void HttpServer::Engine::admit(tcp::socket socket) {
  const std::size_t connections_max = config_.limits.connections_max;
  // Refused newcomers are connections too, and briefly held: past twice the limit they are not even told.
  if (sessions_.size() >= 2 * connections_max) return;
  const bool full = sessions_.size() >= connections_max && !evict_longest_idle();
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto session = std::make_shared<Session>(*this, std::move(socket));
  sessions_.insert(session);
  full ? session->refuse() : session->wait_for_request();
}

bool HttpServer::Engine::evict_longest_idle() {
  std::shared_ptr<Session> oldest;
  for (const auto& session : sessions_) {
    if (session->is_idle() && (!oldest || session->idle_since() < oldest->idle_since())) oldest = session;
  }
  if (!oldest) return false;
  oldest->close();
  // Its pending read ends with an error and would forget it; room is needed now.
  sessions_.erase(oldest);
  return true;
}

void HttpServer::Engine::forget(const std::shared_ptr<Session>& session) {
  sessions_.erase(session);
  if (is_waiting_for_sessions_ && sessions_.empty()) {
    is_waiting_for_sessions_ = false;
    all_sessions_ended_.set_value();
  }
}

void HttpServer::Engine::stop() {
  std::call_once(stop_once_, [this] {
    stopping_ = true;
    auto ended = all_sessions_ended_.get_future();
    asio::post(io_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      accept_timer_.cancel();
      for (const auto& session : sessions_) {
        if (!session->is_answering()) session->close();
      }
      is_waiting_for_sessions_ = true;
      if (sessions_.empty()) {
        is_waiting_for_sessions_ = false;
        all_sessions_ended_.set_value();
      }
    });
    if (ended.wait_for(config_.limits.drain_timeout) != std::future_status::ready) {
      asio::post(io_, [this] {
        for (const auto& session : sessions_) session->close();
      });
    }
    workers_.join();
    long_workers_.join();
    keep_running_.reset();
    socket_thread_.join();
  });
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Router router, HttpServerConfig config) {
  if (config.worker_threads == 0 || config.long_worker_threads == 0 || config.limits.bytes_per_second_min == 0) {
    return fail(Code::kInvalidArgument, "a server needs at least one worker and a positive transfer rate");
  }
  const SignalsBlocked blocked;
  auto engine = std::make_unique<Engine>(std::move(router), std::move(config));
  MC_TRY_STATUS(engine->listen());
  engine->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(engine)));
}

HttpServer::HttpServer(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
HttpServer::~HttpServer() {
  stop();
}

std::uint16_t HttpServer::port() const {
  return engine_->port();
}
std::string HttpServer::url() const {
  return fmt::format("http://{}:{}", engine_->address(), engine_->port());
}
HttpTraffic HttpServer::traffic() const {
  return engine_->traffic();
}
void HttpServer::stop() {
  engine_->stop();
}

}  // namespace mc::node
