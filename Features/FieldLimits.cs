namespace Consultation.Features;

/// <summary>Lengths and ranges that validators, the API description and tests share. Lengths are UTF-16 units after trimming.</summary>
internal static class FieldLimits
{
    public const int Name = 120;
    public const int Email = 254;
    public const int PhoneMin = 5;
    public const int PhoneMax = 32;
    public const int Message = 1000;
    public const int IdempotencyKey = 255;
    public const int Search = 100;
    public const int Reason = 200;
    public const int CustomerId = 64;
    public const int StaffId = 255;

    public const int ListDays = 92;
    public const int DefaultListDays = 30;
    public const int Alternatives = 3;

    public const int BulkDays = 366;
    public const int IntervalMin = 5;
    public const int IntervalMax = 1440;
    public const int Conflicts = 20;

    // near the ends of time a zone's offset has nowhere to go
    public static readonly DateOnly FirstDay = new(2, 1, 1);
    public static readonly DateOnly LastDay = new(9998, 12, 30);
}
