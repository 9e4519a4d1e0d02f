using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Infrastructure.Json;

/// <summary>JSON numbers with a whole value, however they are written: <c>12</c>, <c>12.0</c> and <c>1.2e1</c> are the same number.</summary>
internal static class WholeNumbers
{
    /// <summary>No number of 64 bits has more.</summary>
    private const int MostDigits = 19;

    /// <param name="number">A JSON number as it is written (RFC 8259, section 6).</param>
    /// <param name="value">The value.</param>
    /// <returns>False when it has a fraction, or does not fit into 64 bits.</returns>
    public static bool TryParse(ReadOnlySpan<byte> number, out long value)
    {
        value = 0;
        var isNegative = number[0] == '-';
        var unsigned = isNegative ? number[1..] : number;
        var e = unsigned.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = e < 0 ? unsigned : unsigned[..e];
        var exponent = e < 0 ? [] : unsigned[(e + 1)..];
        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];

        Span<byte> digits = new byte[whole.Length + fraction.Length];
        whole.CopyTo(digits);
        fraction.CopyTo(digits[whole.Length..]);
        var significant = digits.Trim((byte)'0');
        if (significant.IsEmpty)
            return true;
        if (!TryExponent(exponent, out var shift))
            return false;

        // the value is 0.{significant} times ten to the power of integerDigits
        var leadingZeros = digits.IndexOfAnyExcept((byte)'0');
        var integerDigits = whole.Length - leadingZeros + shift;
        if (integerDigits < significant.Length || integerDigits > MostDigits)
            return false;
        Span<byte> written = stackalloc byte[1 + (int)integerDigits];
        written.Fill((byte)'0');
        written[0] = isNegative ? (byte)'-' : (byte)'+';
        significant.CopyTo(written[1..]);
        return long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryExponent(ReadOnlySpan<byte> exponent, out long shift)
    {
        shift = 0;
        return exponent.IsEmpty || (long.TryParse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out shift) && shift is > int.MinValue and < int.MaxValue);
    }
}

internal sealed class WholeNumberConverter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && WholeNumbers.TryParse(reader.ValueSpan, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class SmallWholeNumberConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && WholeNumbers.TryParse(reader.ValueSpan, out var value) && value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
