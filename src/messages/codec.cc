#include "messages/codec.h"

#include <cmath>

namespace tare::messages {
namespace {

using protozero::pbf_wire_type;

struct MapEntry {
  std::string key;
  std::string value;
  TARE_MESSAGE("map entry", (1, key)(2, value));
};

}  // namespace

Status Guard(absl::string_view name, absl::FunctionRef<void()> read) {
  try {
    read();
    return absl::OkStatus();
  } catch (const protozero::exception& error) {
    return InvalidError(name, ": not a protobuf message: ", error.what());
  }
}

bool FieldReader::Next() {
  if (!taken_) fields_.skip();
  taken_ = !fields_.next();
  return !taken_;
}

bool FieldReader::Take(uint32_t number, pbf_wire_type type) {
  if (taken_ || fields_.tag() != number || fields_.wire_type() != type) return false;
  return taken_ = true;
}

absl::string_view FieldReader::View() {
  const protozero::data_view view = fields_.get_view();
  return {view.data(), view.size()};
}

FieldReader& FieldReader::operator()(uint32_t number, bool& value) {
  // Not get_bool(), which only looks at the first byte.
  if (Take(number, pbf_wire_type::varint)) value = fields_.get_uint64() != 0;
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, int32_t& value) {
  if (Take(number, pbf_wire_type::varint)) value = fields_.get_int32();
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, uint32_t& value) {
  if (Take(number, pbf_wire_type::varint)) value = fields_.get_uint32();
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, int64_t& value) {
  if (Take(number, pbf_wire_type::varint)) value = fields_.get_int64();
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, uint64_t& value) {
  if (Take(number, pbf_wire_type::varint)) value = fields_.get_uint64();
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, double& value) {
  if (Take(number, pbf_wire_type::fixed64)) value = fields_.get_double();
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, std::string& value) {
  if (TakeBytes(number)) value = std::string(View());
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, std::vector<std::string>& values) {
  if (TakeBytes(number)) values.emplace_back(View());
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, std::vector<int32_t>& values) {
  if (Take(number, pbf_wire_type::varint)) values.push_back(fields_.get_int32());
  if (TakeBytes(number))
    for (int32_t value : fields_.get_packed_int32()) values.push_back(value);
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, std::vector<uint64_t>& values) {
  if (Take(number, pbf_wire_type::varint)) values.push_back(fields_.get_uint64());
  if (TakeBytes(number))
    for (uint64_t value : fields_.get_packed_uint64()) values.push_back(value);
  return *this;
}

FieldReader& FieldReader::operator()(uint32_t number, StringMap& values) {
  MapEntry entry;
  if (!TakeBytes(number)) return *this;
  FieldReader(View()).Read(entry);
  values[std::move(entry.key)] = std::move(entry.value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const bool& value) {
  if (value) fields_.add_bool(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const int32_t& value) {
  if (value != 0) fields_.add_int32(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const uint32_t& value) {
  if (value != 0) fields_.add_uint32(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const int64_t& value) {
  if (value != 0) fields_.add_int64(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const uint64_t& value) {
  if (value != 0) fields_.add_uint64(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const double& value) {
  if (value != 0 || std::signbit(value)) fields_.add_double(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const std::string& value) {
  if (!value.empty()) fields_.add_bytes(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const std::vector<std::string>& values) {
  for (const std::string& value : values) fields_.add_bytes(number, value);
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const std::vector<int32_t>& values) {
  fields_.add_packed_int32(number, values.begin(), values.end());
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const std::vector<uint64_t>& values) {
  fields_.add_packed_uint64(number, values.begin(), values.end());
  return *this;
}

FieldWriter& FieldWriter::operator()(uint32_t number, const StringMap& values) {
  for (const auto& [key, value] : values) fields_.add_message(number, BytesOf(MapEntry{key, value}));
  return *this;
}

}  // namespace tare::messages
