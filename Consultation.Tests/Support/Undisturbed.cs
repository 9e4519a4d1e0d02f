namespace Consultation.Tests.Support;

internal static class Undisturbed
{
    /// <summary>
    /// A machine that stands still for longer than a request waits for Redis makes requests go on without it, as they should. A run in
    /// which that happened and that failed says nothing about counts, so there is another one; a defect fails them all.
    /// </summary>
    public static async Task Undisturbedly(this Service service, Replica[] replicas, Func<Task> test, int runs = 6)
    {
        for (var run = 1; ; run++)
        {
            await service.ResetAsync();
            var counted = replicas.Select(replica => new Counted(replica)).ToList();
            try
            {
                await test();
                return;
            }
            catch (Exception) when (run < runs && counted.Any(each => each["consultation.redis.fail_open"] > 0))
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            finally
            {
                counted.ForEach(each => each.Dispose());
            }
        }
    }
}
