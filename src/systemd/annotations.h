// Annotations "org.systemd.property.NAME", which set properties of the scope from config.json. Makes
// no system calls.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/property.h"

namespace tare::systemd {

// Values have GVariant's text format ("uint64 5000000", "'text'", "['a.service']"), as with runc and crun. A
// NAME that ends in "Sec" stands for "USec" and takes seconds. Only the names of a list are allowed: when and
// how the scope ends, what it is ordered after, and which resources it may use. Others could run programs or
// stop units that are not the container's (CVE-2024-3154), and are an error. Other annotations are ignored.
StatusOr<std::vector<dbus::Property>> PropertiesOf(const std::map<std::string, std::string>& annotations);

}  // namespace tare::systemd
