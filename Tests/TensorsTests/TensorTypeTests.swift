import Tensors
import Testing

struct TensorTypeTests {
    @Test(
        "A type's number, name and block are GGML's",
        arguments: [
            (0, "F32", 1, 4), (1, "F16", 1, 2), (2, "Q4_0", 32, 18), (3, "Q4_1", 32, 20), (6, "Q5_0", 32, 22),
            (7, "Q5_1", 32, 24), (8, "Q8_0", 32, 34), (10, "Q2_K", 256, 84), (11, "Q3_K", 256, 110),
            (12, "Q4_K", 256, 144), (13, "Q5_K", 256, 176), (14, "Q6_K", 256, 210), (15, "Q8_K", 256, 292),
            (16, "IQ2_XXS", 256, 66), (17, "IQ2_XS", 256, 74), (18, "IQ3_XXS", 256, 98),
            (19, "IQ1_S", 256, 50),
            (20, "IQ4_NL", 32, 18), (21, "IQ3_S", 256, 110), (22, "IQ2_S", 256, 82), (23, "IQ4_XS", 256, 136),
            (24, "I8", 1, 1), (25, "I16", 1, 2), (26, "I32", 1, 4), (27, "I64", 1, 8), (28, "F64", 1, 8),
            (29, "IQ1_M", 256, 56), (30, "BF16", 1, 2), (34, "TQ1_0", 256, 54), (35, "TQ2_0", 256, 66),
            (39, "MXFP4", 32, 17),
        ] as [(UInt32, String, Int, Int)])
    func layout(number: UInt32, name: String, elements: Int, bytes: Int) throws {
        let type = try #require(TensorType(rawValue: number))
        #expect(type.name == name && type.blockElements == elements && type.blockBytes == bytes)
        #expect(type.isQuantized == (elements > 1))
        #expect(type.byteCount(elements: elements * 3) == bytes * 3)
        #expect(type.byteCount(elements: 0) == 0 && type.byteCount(elements: -elements) == nil)
    }

    @Test(arguments: TensorType.allCases)
    func `elements that do not fill blocks or overflow have no size`(type: TensorType) {
        if type.blockElements > 1 { #expect(type.byteCount(elements: type.blockElements + 1) == nil) }
        let largest = Int.max / type.blockElements * type.blockElements
        #expect(type.byteCount(elements: largest) == nil || type.blockBytes <= type.blockElements)
    }

    @Test func `numbers that GGML has retired or not yet given out are no type`() {
        for number: UInt32 in [4, 5, 31, 32, 33, 36, 37, 38, 40, 1000, .max] {
            #expect(TensorType(rawValue: number) == nil)
        }
    }
}
