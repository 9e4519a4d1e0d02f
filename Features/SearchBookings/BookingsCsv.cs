using System.Globalization;
using System.Text;
using Consultation.Infrastructure.Json;

namespace Consultation.Features.SearchBookings;

/// <summary>Bookings as a file that opens right in a spreadsheet: RFC 4180 in UTF-8 with a byte order mark, times as the shop's clocks show them.</summary>
internal sealed class BookingsCsv(Stream output, ShopCalendar calendar)
{
    public const string MediaType = "text/csv";

    private const string Header = "id,status,date,start,end,customerId,name,email,phone,message,createdAt,contactedAt,contactedBy\r\n";

    /// <summary>Characters; written out when it has grown to that.</summary>
    private const int Piece = 16 * 1024;

    /// <summary>A spreadsheet takes a cell that starts with one of these for a formula, or for a command to another program.</summary>
    private const string Active = "=@+-\t\r";

    private readonly StringBuilder _text = new("\uFEFF" + Header, Piece * 2);

    public async Task WriteAsync(IAsyncEnumerable<AdminBooking> bookings, CancellationToken cancellationToken)
    {
        await foreach (var booking in bookings.WithCancellation(cancellationToken))
        {
            Append(booking);
            if (_text.Length > Piece)
                await FlushAsync(cancellationToken);
        }
        await FlushAsync(cancellationToken);
    }

    private void Append(AdminBooking booking)
    {
        _text.Append(CultureInfo.InvariantCulture, $"{booking.Id},{EnumTexts.Of(booking.Status)},{booking.Slot.Date:yyyy-MM-dd},")
            .Append(At(booking.Slot.StartTime)).Append(',').Append(At(booking.Slot.EndTime)).Append(',')
            .Append(Cell(booking.CustomerId)).Append(',').Append(Cell(booking.Name)).Append(',').Append(Cell(booking.Email)).Append(',')
            .Append(IsPlainNumber(booking.Phone) ? booking.Phone : Cell(booking.Phone)).Append(',').Append(Cell(booking.Message)).Append(',')
            .Append(At(booking.CreatedAt)).Append(',').Append(At(booking.ContactedAt)).Append(',').Append(Cell(booking.ContactedBy)).Append("\r\n");
    }

    private string At(DateTimeOffset? instant) => instant is { } known ? calendar.ClockAt(known) : "";

    /// <summary>A number that people can dial is no formula, and is what staff copy from the sheet.</summary>
    private static bool IsPlainNumber(string phone) => phone.All(c => c is '+' or ' ' || char.IsAsciiDigit(c));

    private static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        if (Active.Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        return text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(Encoding.UTF8.GetBytes(_text.ToString()), cancellationToken);
        _text.Clear();
    }
}
