import Diagnosis
import Foundation
import Testing

/// Libraries with the functions of NVIDIA's, compiled for the test, and opened as the real ones are.
@Suite(.enabled(if: Compiler.path != nil, "there is no C compiler in PATH to make libraries with"))
struct NVIDIALibrariesTests {
    private static let driver = """
        #include <stddef.h>
        #include <string.h>
        int cuInit(unsigned flags) { return INIT; }
        int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
        int cuDeviceGetCount(int *count) { *count = 2; return 0; }
        int cuDeviceGet(int *device, int index) { *device = 40 + index; return 0; }
        int cuDeviceGetName(char *name, int length, int device) {
            strncpy(name, device == 40 ? "NVIDIA H200" : "Tesla T4", length);
            return 0;
        }
        int cuDeviceTotalMem_v2(size_t *bytes, int device) {
            *bytes = (size_t)(device == 40 ? 139 : 15) << 30;
            return 0;
        }
        int cuDeviceGetAttribute(int *value, int attribute, int device) {
            int capability = device == 40 ? 90 : 75;
            *value = attribute == 75 ? capability / 10 : attribute == 76 ? capability % 10 : -1;
            return 0;
        }
        int cuGetErrorName(int code, const char **text) { *text = "CUDA_ERROR_EXAMPLE"; return 0; }
        int cuGetErrorString(int code, const char **text) { *text = "an example"; return 0; }
        """

    private static let management = """
        #include <string.h>
        int nvmlInit_v2(void) { return INIT; }
        int nvmlShutdown(void) { return 0; }
        const char *nvmlErrorString(int code) { return "Driver/library version mismatch"; }
        int nvmlSystemGetDriverVersion(char *text, unsigned length) {
            strncpy(text, "550.54.15", length);
            return 0;
        }
        int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
            static int devices[2];
            *device = &devices[index];
            devices[index] = index;
            return 0;
        }
        int nvmlDeviceGetName(int *device, char *name, unsigned length) {
            strncpy(name, *device == 0 ? "NVIDIA H200" : "Tesla T4", length);
            return 0;
        }
        int nvmlDeviceGetMemoryInfo(int *device, unsigned long long memory[3]) {
            memory[0] = (*device == 0 ? 139ull : 15ull) << 30;
            memory[2] = *device == 0 ? 0 : 12ull << 30;
            memory[1] = memory[0] - memory[2];
            return 0;
        }
        int nvmlDeviceGetComputeRunningProcesses_v3(int *device, unsigned *count, void *list) {
            *count = *device == 0 ? 0 : 3;
            return *count > 0 ? 7 : 0;
        }
        """

    private static let compiler = """
        int nvrtcVersion(int *major, int *minor) { *major = 12; *minor = 6; return 0; }
        int nvrtcGetNumSupportedArchs(int *count) { *count = 3; return 0; }
        int nvrtcGetSupportedArchs(int *list) { list[0] = 50; list[1] = 75; list[2] = 90; return 0; }
        """

    private static let module = [
        "proc/driver/nvidia/version":
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC 12\n"
    ]

    @Test func `devices, their memory, use and capability are read from the libraries`() async throws {
        let made = try MadeUpMachine(Self.module)
        try await Compiler.makeLibrary("libcuda.so.1", Self.driver, ["INIT=0"], in: made.folder)
        try await Compiler.makeLibrary("libnvidia-ml.so.1", Self.management, ["INIT=0"], in: made.folder)
        try await Compiler.makeLibrary("libnvrtc.so.12", Self.compiler, [], in: made.folder)
        #expect(try made.check("nvidia driver") == Check("nvidia driver", .ok, "550.54.15, CUDA 12.4"))
        #expect(
            try made.check("gpu 0").found
                == "NVIDIA H200, 139 GiB, compute capability 9.0, 0 B in use by 0 processes")
        let occupied = try made.check("gpu 1")
        #expect(occupied.status == .warning)
        #expect(
            occupied.found == "Tesla T4, 15.0 GiB, compute capability 7.5, 12.0 GiB in use by 3 processes")
        #expect(try made.status("nvrtc") == .warning)
    }

    @Test func `what the libraries answer in place of success is passed on`() async throws {
        let made = try MadeUpMachine(Self.module)
        try await Compiler.makeLibrary("libcuda.so.1", Self.driver, ["INIT=803"], in: made.folder)
        try await Compiler.makeLibrary("libnvidia-ml.so.1", Self.management, ["INIT=18"], in: made.folder)
        let driver = try made.check("nvidia driver")
        #expect(driver.status == .problem)
        #expect(driver.found.hasSuffix("cuInit fails with CUDA_ERROR_EXAMPLE: an example"))
        #expect(try made.check("nvidia management").found.contains("Driver/library version mismatch"))
    }

    @Test func `a library without the functions is a problem`() async throws {
        let made = try MadeUpMachine()
        try await Compiler.makeLibrary(
            "libcuda.so.1", "int cuInit(unsigned flags) { return 0; }", [], in: made.folder)
        let check = try made.check("nvidia driver")
        #expect(check.status == .problem && check.found.contains("lacks functions"))
    }
}

/// The C compiler of this machine.
private enum Compiler {
    static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .flatMap { folder in ["cc", "clang", "gcc"].map { "\(folder)/\($0)" } }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Compiles a shared library from a C source and macros like `NAME=1`.
    static func makeLibrary(_ name: String, _ source: String, _ macros: [String], in folder: URL) async throws
    {
        let file = folder.appending(path: "\(name).c")
        try Data(source.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments =
            ["-shared", "-fPIC", "-w"] + macros.map { "-D\($0)" }
            + [file.path, "-o", folder.appending(path: name).path]
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try #require(status == 0, "the C compiler failed")
    }
}
