import Capacity
import Testing

struct DeviceTests {
    @Test(arguments: [
        ("4090", "RTX 4090 24GB"), ("rtx4090", "RTX 4090 24GB"), ("NVIDIA GeForce RTX 4090", "RTX 4090 24GB"),
        ("RTX-4090-24GB", "RTX 4090 24GB"), ("A100", "A100 80GB"), ("A100-80GB", "A100 80GB"),
        ("a100-40", "A100 40GB"), ("NVIDIA A100-SXM4-40GB", "A100 40GB"), ("h100 80gb hbm3", "H100 80GB"),
        ("H100 NVL", "H100 NVL 94GB"), ("h200", "H200 141GB"), ("tesla t4", "T4 16GB"), ("a10g", "A10G 24GB"),
        ("A10", "A10 24GB"), ("a6000", "RTX A6000 48GB"), ("RTX 6000 Ada Generation", "RTX 6000 Ada 48GB"),
        ("3060ti", "RTX 3060 Ti 8GB"), ("2060 12gb", "RTX 2060 12GB"), ("mi300x", "MI300X 192GB"),
        ("AMD Instinct MI250X", "MI250X 64GB"), ("m2 max", "M2 Max 32GB"), ("M3-Max-128", "M3 Max 128GB"),
        ("L40S", "L40S 48GB"), ("rx7900xtx", "RX 7900 XTX 24GB"), ("l4", "L4 24GB"),
    ]) func `a device is found however its name is written`(text: String, name: String) throws {
        #expect(try Device.named(text).name == name)
        #expect(try DeviceGroup(text).count == nil)
    }

    @Test(arguments: [
        ("4090x2", "RTX 4090 24GB", 2), ("rtx4090x8", "RTX 4090 24GB", 8), ("A100-80GBx4", "A100 80GB", 4),
        ("2x RTX 3090", "RTX 3090 24GB", 2), ("mi300xx8", "MI300X 192GB", 8),
        ("MI300X x8", "MI300X 192GB", 8),
        ("H100×16", "H100 80GB", 16),
    ]) func `a number behind or before an x counts devices`(text: String, name: String, count: Int) throws {
        let group = try DeviceGroup(text)
        #expect(group.device.name == name)
        #expect(group.count == count)
    }

    @Test func `no two devices answer to one name, except to a model's without size`() {
        var owners: [String: Device] = [:]
        for device in Device.all {
            for key in Set(device.keys) {
                if let owner = owners[key] { #expect(owner.model == device.model, "\(key)") }
                owners[key] = owners[key] ?? device
            }
        }
        #expect(Set(Device.all.map(\.name)).count == Device.all.count)
    }

    @Test func `every device shows what it has on the box or less, and not much less`() {
        for device in Device.all {
            // 288 GB of HBM3e are 268 GiB and as many decimal GB: a vendor's unit is either.
            #expect(device.visibleGiB <= Double(device.nominalSize), "\(device.name)")
            #expect(device.visibleGiB >= Double(device.nominalSize) * 0.66, "\(device.name)")
            #expect(device.memoryBytes > 3 << 30)
        }
    }

    @Test func `an unknown device's error names the nearest`() {
        #expect(throws: DeviceError.self) { try Device.named("") }
        for (wrong, right) in [("4091", "RTX 4090 24GB"), ("H101", "H100 80GB"), ("mi300", "MI300X 192GB")] {
            do {
                #expect(try Device.named(wrong).name == right)
            } catch {
                #expect(error.description.contains(wrong))
                #expect(error.description.contains(right), "\(error)")
                #expect(error.description.contains("--memory"))
            }
        }
    }

    @Test(arguments: ["4090x0", "4090x1025", "4090x99999999999999999999"])
    func `a count out of range is refused with the limit`(text: String) {
        let error = #expect(throws: DeviceError.self) { try DeviceGroup(text) }
        #expect(error?.description.contains("1 to 1024") == true)
    }

    @Test(arguments: ["x", "x2", "2x", "××", "", "gb", "rtx", "🙂x2"])
    func `a name without a device is an error and nothing else`(text: String) {
        #expect(throws: DeviceError.self) { try DeviceGroup(text) }
    }

    @Test func `the generation before Ampere is known`() throws {
        #expect(try Device.named("T4").isOlderThanAmpere)
        #expect(try Device.named("RTX 2080 Ti").isOlderThanAmpere)
        #expect(try !Device.named("A100").isOlderThanAmpere)
        #expect(try !Device.named("MI300X").isOlderThanAmpere)
    }
}
