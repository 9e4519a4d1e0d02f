using System.Text;

namespace Consultation.Tests.Infrastructure.Telemetry;

/// <summary>As much of protobuf's wire format as it takes to walk an OTLP message by field numbers.</summary>
internal readonly record struct Protobuf(ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public string Hex => Convert.ToHexStringLower(Bytes.Span);

    /// <summary>The messages, texts or bytes at the end of the path, in order.</summary>
    public IEnumerable<Protobuf> At(params int[] path)
    {
        IEnumerable<Protobuf> found = [this];
        foreach (var field in path)
            found = found.SelectMany(message => message.Fields(field));
        return found;
    }

    public string TextAt(int field) => At(field).FirstOrDefault().Text;

    public string HexAt(int field) => At(field).FirstOrDefault().Hex;

    private List<Protobuf> Fields(int wanted)
    {
        var (found, position) = (new List<Protobuf>(), 0);
        while (position < Bytes.Length)
        {
            var tag = Varint(ref position);
            switch (tag & 7)
            {
                case 0:
                    Varint(ref position);
                    break;
                case 1:
                    position += 8;
                    break;
                case 2:
                    var length = (int)Varint(ref position);
                    if (tag >> 3 == (ulong)wanted)
                        found.Add(new Protobuf(Bytes.Slice(position, length)));
                    position += length;
                    break;
                case 5:
                    position += 4;
                    break;
                default:
                    throw new FormatException("This is not protobuf.");
            }
        }
        return found;
    }

    private ulong Varint(ref int position)
    {
        var (value, shift) = (0UL, 0);
        byte next;
        do
        {
            next = Bytes.Span[position++];
            value |= (ulong)(next & 0x7f) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return value;
    }
}
