// SPDX-License-Identifier: Apache-2.0
// lying_upload DIR HANDLE=VALUE...: an owner who lies, against a whole commons. A patient who is admitted reserves one
// row and seals a record of her own making: 1 in `present`, the values named, 0 elsewhere. She knows what is inside,
// proves it (R21) and publishes; only the checks of uploads (R20) can tell.
#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/system/uploader.hpp"

namespace mc {
namespace {

using Record = std::map<std::string, double>;

Status lie(const std::filesystem::path& dir, const Record& record) {
  MC_TRY(Uploader liar, Uploader::open(node::LocalPaths{std::filesystem::absolute(dir)}));
  const client::CommonsDocument& document = liar.document();
  const fhe::Params& params = *liar.params();
  MC_TRY(const client::CollectiveKeys keys, liar.keys());
  const fhe::PublicKey key = fhe::narrow_public_key(params, keys.public_key);
  data::Manifest manifest;
  manifest.dataset = document.dataset;
  manifest.schema = data::schema_hash(document.schema);
  manifest.params_id = params.id();
  manifest.epoch = document.epoch;
  MC_TRY_STATUS(liar.reserve(manifest));
  const std::uint32_t block = liar.block_of(manifest);
  const fhe::Encoder encoder(liar.params());
  KeyStream stream = KeyStream::fresh();
  std::vector<fhe::EncryptionWitness> witnesses;
  for (const data::Feature& feature : data::sealed_features(document.schema)) {
    data::ManifestEntry entry;
    entry.handle = data::handle(document.schema, feature);
    entry.block = block;
    const auto said = record.find(entry.handle);
    const double value = said != record.end() ? said->second : entry.handle == "present" ? 1 : 0;
    const data::SealedHeader header = data::fresh_header(params, manifest.schema, manifest.dataset, manifest.epoch,
                                                         manifest.owner, manifest.range, entry.handle, block);
    MC_TRY(data::SealedBlock sealed, data::seal_block(header, std::vector{value}, params, encoder, key, stream));
    entry.bytes = sealed.bytes.size();
    MC_TRY(entry.blob, liar.put(sealed.bytes));
    witnesses.push_back(std::move(sealed.witness));
    manifest.entries.push_back(std::move(entry));
  }
  return liar.publish(std::move(manifest), key, witnesses);
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  mc::Record record;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t sign = word.rfind('=');
    if (sign != std::string::npos) record[word.substr(0, sign)] = std::atof(word.c_str() + sign + 1);
  }
  if (argc < 3 || record.empty()) {
    std::fprintf(stderr, "lying_upload DIR HANDLE=VALUE...\n");
    return 2;
  }
  const mc::Status status = mc::lie(argv[1], record);
  if (status) return 0;
  std::fprintf(stderr, "lying_upload: %s\n", status.error().message.c_str());
  return 1;
}
