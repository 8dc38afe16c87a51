#include "cli/commands.h"

#include <array>

namespace tare::cli {
namespace {

constexpr std::array kCommands = {
    &kAttachCommand,  &kBundleCommand,   &kCheckCommand,   &kCheckpointCommand, &kCompletionCommand,
    &kCreateCommand,  &kDeleteCommand,   &kDevicesCommand, &kDoctorCommand,     &kEventsCommand,
    &kExecCommand,    &kFeaturesCommand, &kKillCommand,    &kListCommand,       &kLogsCommand,
    &kMountsCommand,  &kNetworkCommand,  &kPauseCommand,   &kPlanCommand,       &kPsCommand,
    &kRestoreCommand, &kResumeCommand,   &kRunCommand,     &kSpecCommand,       &kStartCommand,
    &kStateCommand,   &kStopCommand,     &kTopCommand,     &kUnitCommand,       &kUpdateCommand,
    &kVersionCommand, &kWaitCommand,
};

}  // namespace

line::CommandTable Commands() {
  return kCommands;
}

}  // namespace tare::cli
