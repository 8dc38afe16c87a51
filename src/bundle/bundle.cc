#include "bundle/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "bundle/image.h"
#include "bundle/place.h"
#include "json/reader.h"
#include "kernel/file.h"

namespace tare::bundle {
namespace {

bool IsDirectory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsLayout(const std::string& path) {
  return access(absl::StrCat(path, "/oci-layout").c_str(), F_OK) == 0;
}

std::vector<std::string> ReadTags(json::Value index) {
  std::vector<std::string> tags;
  for (const json::Value manifest : index["manifests"].Elements()) {
    const std::optional<std::string> tag =
        manifest["annotations"]["org.opencontainers.image.ref.name"].OptionalString();
    if (tag && std::ranges::find(tags, *tag) == tags.end()) tags.push_back(*tag);
  }
  return tags;
}

// Below the bundle, as `tare spec` has it, else absolute: a link would have to be kept beside the config.
std::string RootPath(const std::string& rootfs, const std::string& bundle) {
  const bool below = absl::StartsWith(rootfs, bundle + "/");
  return below ? rootfs.substr(bundle.size() + 1) : rootfs;
}

Status FromRootfs(const std::string& source, const Options& options) {
  TARE_ASSIGN_OR_RETURN(const std::string rootfs, kernel::RealPath(source));
  TARE_ASSIGN_OR_RETURN(Place place, Place::Make(options.directory, 0755));
  if (rootfs == place.path())
    return InvalidError(
        "the root filesystem cannot be its own bundle: choose another directory with --bundle");
  TARE_ASSIGN_OR_RETURN(const std::string config, ConfigForRootfs(RootPath(rootfs, place.path()), options));
  TARE_RETURN_IF_ERROR(place.Write("config.json", config));
  return place.Finish({"config.json"});
}

Status FromImage(ImageSource image, const Options& options) {
  if (image.tag.empty()) {
    const std::string index = absl::StrCat(image.layout, "/index.json");
    TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile(index));
    TARE_ASSIGN_OR_RETURN(image.tag, DefaultTag(text), image.layout);
  }
  // As umoci makes it: users of the host must not reach the image's set-user-ID programs.
  TARE_ASSIGN_OR_RETURN(Place place, Place::Make(options.directory, 0700));
  TARE_RETURN_IF_ERROR(place.CheckFree({"config.json", "rootfs"}));
  TARE_RETURN_IF_ERROR(Unpack(image, place.workshop(), options.privileges));
  TARE_ASSIGN_OR_RETURN(const std::string made, kernel::ReadFile(place.workshop() + "/config.json"));
  TARE_ASSIGN_OR_RETURN(const std::string config, ConfigForImage(made, options));
  TARE_RETURN_IF_ERROR(place.Write("config.json", config));
  return place.Finish({"rootfs", "config.json"});
}

}  // namespace

StatusOr<ImageSource> SplitTag(const std::string& path) {
  if (IsDirectory(path)) return ImageSource{.layout = path};
  const size_t colon = path.rfind(':');
  if (colon != std::string::npos && IsDirectory(path.substr(0, colon)))
    return ImageSource{.layout = path.substr(0, colon), .tag = path.substr(colon + 1)};
  return absl::NotFoundError(absl::StrCat(path, ": there is no such directory"));
}

StatusOr<std::string> DefaultTag(absl::string_view index) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> tags,
                        json::Read(index, "index.json", ReadTags, json::Remarks::kDrop));
  if (tags.size() == 1) return tags.front();
  if (std::ranges::find(tags, "latest") != tags.end()) return "latest";
  if (tags.empty()) return InvalidError("there is no image with a tag");
  return InvalidError("there are several images: add one of the tags ", absl::StrJoin(tags, ", "),
                      ", as in LAYOUT:", tags.front());
}

Status Make(const std::string& source, const Options& options) {
  TARE_ASSIGN_OR_RETURN(const ImageSource image, SplitTag(source));
  if (IsLayout(image.layout)) return FromImage(image, options);
  if (!image.tag.empty())
    return InvalidError(image.layout, " is not an OCI image layout: there is no file oci-layout");
  return FromRootfs(image.layout, options);
}

}  // namespace tare::bundle
