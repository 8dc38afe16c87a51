// Annotations "org.systemd.property.NAME": properties that a config.json asks for by systemd's own words.
// Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/property.h"

namespace tare::systemd {

// Values are in GVariant's text format ("uint64 5000000", "'text'", "['a.service']"), as runc and crun have
// it; a NAME that ends in "Sec" takes seconds for "USec". Only names of a list are taken: those that say when
// and how the scope ends, what it comes after, and what it may use. Others could run programs or stop what is
// not the container's (as CVE-2024-3154 showed), and are an error. Annotations of other names are none of
// ours.
StatusOr<std::vector<dbus::Property>> PropertiesOf(const std::map<std::string, std::string>& annotations);

}  // namespace tare::systemd
