#include <gtest/gtest.h>

#include "hooks/cni/request.h"

namespace tare::cni {
namespace {

std::vector<PortMapping> Ports(absl::string_view text) {
  const StatusOr<std::vector<PortMapping>> ports = ParsePorts(text);
  EXPECT_TRUE(ports.ok()) << ports.status();
  return ports.value_or(std::vector<PortMapping>());
}

TEST(Ports, AreReadAsByPodman) {
  EXPECT_EQ(Ports("8080:80"), (std::vector<PortMapping>{{.host_port = 8080, .container_port = 80}}));
  EXPECT_EQ(Ports("53:5353/UDP"),
            (std::vector<PortMapping>{{.host_port = 53, .container_port = 5353, .protocol = "udp"}}));
  EXPECT_EQ(Ports("127.0.0.1:8080:80/tcp"),
            (std::vector<PortMapping>{{.host_ip = "127.0.0.1", .host_port = 8080, .container_port = 80}}));
  EXPECT_EQ(Ports("[::1]:8080:80"),
            (std::vector<PortMapping>{{.host_ip = "::1", .host_port = 8080, .container_port = 80}}));
  EXPECT_EQ(Ports("80"), (std::vector<PortMapping>{{.host_port = 0, .container_port = 80}}));
  EXPECT_EQ(Ports("127.0.0.1::80"),
            (std::vector<PortMapping>{{.host_ip = "127.0.0.1", .host_port = 0, .container_port = 80}}));
  EXPECT_EQ(Ports("8000-8001:80-81"), (std::vector<PortMapping>{{.host_port = 8000, .container_port = 80},
                                                                {.host_port = 8001, .container_port = 81}}));
}

TEST(Ports, WhatIsWrongIsRefused) {
  for (const char* text : {"", "0:80", "80:0", "65536:80", "80:80/icmp", "a:80", "80:80:80:80", "1-2:80",
                           "80-79", "10.0.0.300:80:80", "[::1:80:80", "-1:80", "80:+80", "80: 80"})
    EXPECT_FALSE(ParsePorts(text).ok()) << text;
}

}  // namespace
}  // namespace tare::cni
