// What the requests of a dump and of a restore have in common.
#pragma once

#include <map>
#include <string>

#include "checkpoint/images.h"
#include "checkpoint/options.h"
#include "messages/criu.h"

namespace tare::checkpoint {

// `annotations` are those of config.json: "org.criu.config" names a configuration file of CRIU, whose
// settings go before these.
messages::CriuOptions CommonOptions(const CriuOptions& options, const Images& images,
                                    const std::map<std::string, std::string>& annotations);

}  // namespace tare::checkpoint
