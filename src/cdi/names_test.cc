#include "cdi/names.h"

#include <gtest/gtest.h>

namespace tare::cdi {
namespace {

TEST(CdiNames, DevicesThatToolsName) {
  for (const char* text : {"nvidia.com/gpu=0", "nvidia.com/gpu=all", "nvidia.com/gpu=0:1",
                           "nvidia.com/gpu=GPU-01234567-89ab-cdef-0123-456789abcdef",
                           "intel.com/gpu=0000:03:00.0-0x56a0", "foo.bar.baz/foo-bar123.B_az=x", "a/b=c"}) {
    const StatusOr<QualifiedName> name = ParseQualifiedName(text);
    ASSERT_TRUE(name.ok()) << text << ": " << name.status();
    EXPECT_EQ(name->Text(), text);
  }
}

TEST(CdiNames, NotDevices) {
  const std::string long_class(64, 'c');
  for (const std::string& text :
       {std::string("gpu"), std::string("nvidia.com/gpu"), std::string("gpu=0"), std::string("/gpu=0"),
        std::string("nvidia.com/=0"), std::string("nvidia.com/gpu="), std::string("nvidia.com/gpu=-0"),
        std::string("nvidia.com/gpu=0-"), std::string("nvidia.com/gpu/x=0"), std::string("1vidia.com/gpu=0"),
        std::string("nvidia.com/gpu=a/b"), std::string("nvidia.com/gpu=a b"),
        "vendor.com/" + long_class + "=0"}) {
    EXPECT_FALSE(ParseQualifiedName(text).ok()) << text;
  }
}

TEST(CdiNames, KeysOfAnnotations) {
  for (const char* key : {"memory", "intel.com/driver", "a.b-c.d/E_f.g-1"})
    EXPECT_TRUE(CheckAnnotationKey(key).ok()) << key;
  for (const char* key : {"", "/x", "x/", "-x", "Intel.com/driver", "a/b/c", "in tel/x"})
    EXPECT_FALSE(CheckAnnotationKey(key).ok()) << key;
}

}  // namespace
}  // namespace tare::cdi
