// The commands of tare, a file for each. These files say what a command is called and which flags it has, in
// the words of src/line, which reads the command line.
#pragma once

#include "line/command.h"
#include "line/flags.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::cli {

using line::Arguments;
using line::Command;
using line::Completes;
using line::Flag;
using line::FlagKind;
using line::Group;
using line::kAnyNumber;
using line::Order;
using line::Print;
using line::UsageError;
using line::Visibility;

extern const Command kAttachCommand;
extern const Command kBundleCommand;
extern const Command kCheckCommand;
extern const Command kCheckpointCommand;
extern const Command kCompletionCommand;
extern const Command kCreateCommand;
extern const Command kDeleteCommand;
extern const Command kDevicesCommand;
extern const Command kDoctorCommand;
extern const Command kEventsCommand;
extern const Command kExecCommand;
extern const Command kFeaturesCommand;
extern const Command kKillCommand;
extern const Command kListCommand;
extern const Command kLogsCommand;
extern const Command kMountsCommand;
extern const Command kNetworkCommand;
extern const Command kPauseCommand;
extern const Command kPlanCommand;
extern const Command kPsCommand;
extern const Command kRestoreCommand;
extern const Command kResumeCommand;
extern const Command kRunCommand;
extern const Command kSpecCommand;
extern const Command kStartCommand;
extern const Command kStateCommand;
extern const Command kStopCommand;
extern const Command kTopCommand;
extern const Command kUnitCommand;
extern const Command kUpdateCommand;
extern const Command kVersionCommand;
extern const Command kWaitCommand;

line::CommandTable Commands();

}  // namespace tare::cli
