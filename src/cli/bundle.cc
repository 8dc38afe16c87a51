#include "bundle/bundle.h"

#include <unistd.h>

#include "cgroup/layout.h"
#include "cli/commands.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "bundle",
     .alias = "b",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "directory of the bundle, made if it is missing (default: the current directory)"},
    {.name = "rootless",
     .kind = FlagKind::kBool,
     .help = "make a bundle for a user without privileges, with a user namespace; the default for users "
             "other than "
             "root"},
};

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments& arguments) {
  const std::string directory = arguments.String("bundle");
  const bool rootless = arguments.Has("rootless") ? arguments.Bool("rootless") : geteuid() != 0;
  const bundle::Options options{
      .directory = directory.empty() ? "." : directory,
      .privileges = rootless ? bundle::Privileges::kRootless : bundle::Privileges::kRoot,
      .terminal = isatty(STDIN_FILENO) == 1,
      .cgroup = cgroup::UnifiedAtUsualPlace() ? spec::CgroupNamespace::kNew : spec::CgroupNamespace::kShared};
  TARE_RETURN_IF_ERROR(bundle::Make(arguments.words()[0], options));
  return 0;
}

}  // namespace

constinit const Command kBundleCommand = {
    .name = "bundle",
    .group = Group::kOther,
    .summary = "make a bundle from a root filesystem or an OCI image layout",
    .operands = "ROOTFS|LAYOUT[:TAG]",
    .description =
        "From a directory with a root filesystem: writes a config.json that runs \"sh\" in it. The directory "
        "is used "
        "where it is.\n"
        "From an OCI image layout, as \"skopeo copy ... oci:LAYOUT:TAG\" makes it: umoci unpacks the image "
        "to "
        "the directory rootfs in the bundle, and the config has the image's program, environment and user.\n"
        "The program gets a terminal if standard input is one. Nothing is overwritten.\n",
    .flags = kFlags,
    .completes = Completes::kDirectory,
    .run = Run,
};

}  // namespace tare::cli
